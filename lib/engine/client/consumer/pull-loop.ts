import { BrokerResponseError } from '../../common/errors.js';
import { sleep } from '../../common/sleep.js';
import { viewRecords } from '../../message/record-view.js';
import { matchesTag } from '../../message/tags.js';
import { PropertyName } from '../../message/property-names.js';
import { MASTER_ID } from '../../protocol/bodies/topic-route-data.js';
import { PullSysFlag } from '../../protocol/requests/pull-message.js';
import { RequestCode } from '../../protocol/request-code.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { PullResult } from '../broker-api.js';
import type { ClientInstance } from '../client-instance.js';
import { originalTopic, StoredMessage } from '../received-message.js';
import type { BrokerAddress } from '../route-cache.js';
import type { ConsumeStatistics } from './consume-statistics.js';
import type { Dispatch } from './dispatch.js';
import type { OffsetStore } from './offset-store.js';
import type { CacheLimits, ProcessQueue } from './process-queue.js';
import type { ParsedSubscription } from './subscription.js';

export interface PullLoopOptions {
  readonly client: ClientInstance;
  readonly group: string;
  readonly groupRetryTopic: string;
  readonly pullBatchSize: number;
  /** How much of a queue may be cached. */
  readonly limits: () => CacheLimits;
  readonly offsets: OffsetStore;
  /** Whether pulls carry the progress along to the broker. */
  readonly commitsByPull: boolean;
  /** LITE_PULL carries the subscription along; PULL relies on what the heartbeats said. */
  readonly kind: 'PULL' | 'LITE_PULL';
  readonly dispatch: Pick<Dispatch, 'accept'>;
  /** Told of each pull that has found messages. */
  readonly statistics?: ConsumeStatistics;
  /** Whether the queue may be pulled now; looked at again when something about the queue has changed. */
  readonly isPaused: (queue: ProcessQueue) => boolean;
}

/** Sources: Apache 5.3 DefaultMQPushConsumerImpl, its constants of the same meaning. */
const PULL_TIMEOUT_MARGIN_MS = 15_000;
const FLOW_CONTROL_PAUSE_MS = 20;
const FAILURE_PAUSE_MS = 1000;

/** Source: Apache 5.3 PullAPIWrapper#pullKernelImpl, DefaultLitePullConsumerImpl#pullSyncImpl. */
const KIND_FLAGS = { PULL: 0, LITE_PULL: PullSysFlag.subscription | PullSysFlag.litePull } as const;

/**
 * Pulls one queue as long as it is ours, one request at a time; the broker holds a request until
 * something arrives. Pauses while the cache is full. Never rejects: what fails is tried again.
 * Source: Apache 5.3 DefaultMQPushConsumerImpl#pullMessage.
 */
export async function pullLoop(
  queue: ProcessQueue,
  subscription: ParsedSubscription,
  options: PullLoopOptions,
): Promise<void> {
  const { client, group } = options;
  const mustWait = (): boolean => options.isPaused(queue) || queue.exceeds(options.limits());
  let failures = 0;
  while (!queue.pullSignal.aborted) {
    try {
      if (mustWait()) await queue.until(() => queue.pullSignal.aborted || !mustWait());
      if (queue.pullSignal.aborted) return;
      await pullOnce(queue, subscription, options);
      failures = 0;
    } catch (error) {
      if (queue.pullSignal.aborted) return;
      failures++;
      if (failures === 1) client.logger.warn('pull failed; trying again', { group, queue: queue.queue, error });
      await pause(queue, isFlowControl(error) ? FLOW_CONTROL_PAUSE_MS : FAILURE_PAUSE_MS, client);
    }
  }
}

async function pullOnce(
  queue: ProcessQueue,
  subscription: ParsedSubscription,
  options: PullLoopOptions,
): Promise<void> {
  const { client } = options;
  const { routes } = client;
  const target = routes.readAddress(queue.queue.brokerName, queue.readFrom) ?? (await findMaster(queue, client));
  queue.lastPullTimestamp = client.clock.now();
  const begunAt = client.clock.monotonic();
  let result: PullResult;
  try {
    result = await pull(queue, subscription, target, options);
  } catch (error) {
    if (!queue.pullSignal.aborted) await prepareRetry(error, target, queue, client);
    throw error;
  }
  if (queue.pullSignal.aborted) return;
  queue.readFrom = result.suggestWhichBrokerId;
  if (result.status === 'OFFSET_ILLEGAL') await correctOffset(queue, result, options);
  else {
    const accepted = accept(queue, subscription, result, options);
    if (result.status === 'FOUND') {
      options.statistics?.pulled(queue.queue.topic, begunAt, accepted);
    }
  }
}

function pull(
  queue: ProcessQueue,
  { data }: ParsedSubscription,
  { address, brokerId }: BrokerAddress,
  { client, group, pullBatchSize, commitsByPull, kind }: PullLoopOptions,
): Promise<PullResult> {
  const { topic, brokerName, queueId } = queue.queue;
  const commitOffset = commitsByPull && brokerId === MASTER_ID ? queue.commitOffset : 0;
  const header = {
    consumerGroup: group,
    topic,
    queueId,
    queueOffset: queue.pullOffset,
    maxMsgNums: pullBatchSize,
    sysFlag: PullSysFlag.suspend | (commitOffset > 0 ? PullSysFlag.commitOffset : 0) | KIND_FLAGS[kind],
    commitOffset,
    suspendTimeoutMillis: client.brokerSuspendMaxTimeMs,
    subscription: kind === 'LITE_PULL' ? data.subString : undefined,
    subVersion: data.subVersion,
    expressionType: data.expressionType,
    brokerName,
  };
  const code = kind === 'LITE_PULL' ? RequestCode.LITE_PULL_MESSAGE : RequestCode.PULL_MESSAGE;
  const timeoutMs = client.brokerSuspendMaxTimeMs + PULL_TIMEOUT_MARGIN_MS;
  return client.brokers.pullMessage(address, header, { code, timeoutMs, signal: queue.pullSignal });
}

/** Brokers filter tags by hash; two texts of one hash are told apart here. @returns how many messages there were */
function accept(
  queue: ProcessQueue,
  { tags }: ParsedSubscription,
  { records, nextBeginOffset }: PullResult,
  { client, groupRetryTopic, dispatch }: PullLoopOptions,
): number {
  if (records === undefined || records.length === 0) {
    queue.accept([], nextBeginOffset);
    return 0;
  }
  const { topic, brokerName } = queue.queue;
  const isRetry = topic === groupRetryTopic;
  const sentTo = client.namespace.unwrap(topic);
  const messages: StoredMessage[] = [];
  for (const record of viewRecords(records)) {
    if (tags && tags.tags.size > 0 && !matchesTag(tags, record.properties.get(PropertyName.tags))) continue;
    const origin = isRetry ? client.namespace.unwrap(originalTopic(record, groupRetryTopic)) : sentTo;
    messages.push(new StoredMessage(record, brokerName, origin));
  }
  const entries = queue.accept(messages, nextBeginOffset);
  if (entries.length > 0) dispatch.accept(queue, entries);
  return entries.length;
}

/** The offset is beyond what the broker has, on either side: go on where it says, once all that is cached is settled. */
async function correctOffset(
  queue: ProcessQueue,
  { nextBeginOffset }: PullResult,
  options: PullLoopOptions,
): Promise<void> {
  const { client, group, offsets } = options;
  const fields = { group, queue: queue.queue, from: queue.pullOffset, to: nextBeginOffset };
  client.logger.warn('the broker does not have this offset; consumption goes on at another', fields);
  await queue.until(() => queue.pullSignal.aborted || queue.count === 0);
  if (queue.pullSignal.aborted) return;
  queue.moveTo(nextBeginOffset);
  await offsets.write(queue.queue, nextBeginOffset);
}

async function findMaster({ queue }: ProcessQueue, { routes }: ClientInstance): Promise<BrokerAddress> {
  const address = await routes.findMasterAddress(queue);
  return { brokerName: queue.brokerName, brokerId: MASTER_ID, address };
}

/** What may be the reason is put right while the loop pauses. */
async function prepareRetry(
  error: unknown,
  target: BrokerAddress,
  queue: ProcessQueue,
  client: ClientInstance,
): Promise<void> {
  queue.readFrom = MASTER_ID;
  if (!(error instanceof BrokerResponseError)) {
    client.routes.refreshSoon(queue.queue.topic);
  } else if (
    error.responseCode === ResponseCode.SUBSCRIPTION_NOT_EXIST ||
    error.responseCode === ResponseCode.SUBSCRIPTION_NOT_LATEST
  ) {
    await client.heartbeat(target.address);
  }
}

function isFlowControl(error: unknown): boolean {
  return error instanceof BrokerResponseError && error.responseCode === ResponseCode.FLOW_CONTROL;
}

async function pause({ pullSignal }: ProcessQueue, delayMs: number, { clock }: ClientInstance): Promise<void> {
  await sleep(clock, delayMs, pullSignal).catch(() => undefined); // aborted: the loop ends
}
