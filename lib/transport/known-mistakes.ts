import type { AdminClient, Subscription } from '../engine/index.js';
import { listenerId, type GroupPlan } from './subscription-plan.js';

/** What can be told of one group without asking anybody. Each is a sentence with its remedy. */
export function mistakesOf({ group, options, listeners }: GroupPlan): string[] {
  const who = listeners.map(({ definition }) => listenerId(definition)).join(', ');
  const mistakes: string[] = [];
  if (options.mode === 'orderly' && options.maxReconsumeTimes === 0)
    mistakes.push(
      `${who}: group ${group} is orderly and never retries, so one failure makes its message a dead letter and the next ` +
        'one overtakes it; raise maxReconsumeTimes, and make the handler idempotent',
    );
  if (options.model === 'broadcasting' && (options.maxReconsumeTimes ?? 0) > 0)
    mistakes.push(
      `${who}: group ${group} is broadcasting, where nothing is retried: maxReconsumeTimes has no effect; handle failures in the handler`,
    );
  return mistakes;
}

/** Members of the group in other processes that subscribe to something else. */
export async function unevenSubscriptions(
  { group, subscriptions }: Pick<GroupPlan, 'group' | 'subscriptions'>,
  { clients }: Pick<AdminClient, 'clients'>,
): Promise<string[]> {
  const own = describe(subscriptions);
  const members = (await clients.consumers(group))?.connections ?? [];
  const mistakes: string[] = [];
  for (const { clientId } of members) {
    const status = await clients.consumerStatus(group, clientId).catch(() => undefined); // clients of other languages don't tell
    if (status === undefined) continue;
    const theirs = describe(
      status.subscriptions
        .filter(({ topic }) => !topic.startsWith('%RETRY%'))
        .map(({ topic, subString }) => ({ topic, expression: subString })),
    );
    if (theirs !== own)
      mistakes.push(
        `group ${group}: ${clientId} subscribes to ${theirs}, this application to ${own}; brokers know one subscription a ` +
          'group, and messages get lost: give each application a group of its own, or the same listeners',
      );
  }
  return mistakes;
}

/** Other processes that answer for the transactions of this producer group. */
export async function sharedProducerGroup(
  producerGroup: string,
  topics: readonly string[],
  { clients }: Pick<AdminClient, 'clients'>,
): Promise<string[]> {
  const known = new Set<string>();
  for (const topic of topics)
    for (const { clientId } of await clients.producers(producerGroup, topic).catch(() => [])) known.add(clientId);
  if (known.size < 2) return [];
  return [
    `producer group ${producerGroup} has ${known.size} processes: right for replicas of one service, but one with another ` +
      'database would answer for transactions that it cannot know; give each service a producerGroup of its own',
  ];
}

function describe(subscriptions: readonly Subscription[]): string {
  const tags = (expression = '*'): string =>
    expression
      .split('||')
      .map((tag) => tag.trim())
      .sort()
      .join(' || ');
  return subscriptions
    .map(({ topic, expression }) => `${topic} '${tags(expression)}'`)
    .sort()
    .join(', ');
}
