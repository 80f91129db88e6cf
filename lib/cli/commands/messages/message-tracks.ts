import {
  matchesTag,
  parseTagExpression,
  TopicNotFoundError,
  type AdminClient,
  type ConsumerConnections,
  type ReceivedMessage,
} from '../../../engine/index.js';
import { renderTable } from '../../output/table.js';

/** Whether a group has had a message. Source: Apache 5.3 TrackType. */
export type TrackType = 'CONSUMED' | 'CONSUMED_BUT_FILTERED' | 'NOT_CONSUME_YET' | 'NOT_ONLINE' | 'PULL';

export interface MessageTrack {
  readonly group: string;
  readonly trackType: TrackType;
}

/** What has become of a message with each group that consumes its topic. Source: Apache 5.3 DefaultMQAdminExtImpl#messageTrackDetail. */
export async function messageTracks(admin: AdminClient, message: ReceivedMessage): Promise<MessageTrack[]> {
  const groups = await admin.topics.groups(message.topic);
  return Promise.all(groups.map(async (group) => ({ group, trackType: await trackOf(admin, message, group) })));
}

export function tracksAsText(tracks: readonly MessageTrack[]): string {
  if (tracks.length === 0) return 'No group consumes its topic.';
  const rows = tracks.map(({ group, trackType }) => [group, trackType]);
  return renderTable(['Group', 'Has had it'], rows);
}

async function trackOf(admin: AdminClient, message: ReceivedMessage, group: string): Promise<TrackType> {
  const online = await onlineConsumers(admin, group);
  if (online === undefined) return 'NOT_ONLINE';
  if (online.consumeType === 'CONSUME_ACTIVELY') return 'PULL';
  const { topic, brokerName, queueId, queueOffset, tag } = message;
  const progress = await admin.offsets.progress(group, topic);
  const queue = progress.find((each) => each.queue.brokerName === brokerName && each.queue.queueId === queueId);
  if ((queue?.consumerOffset ?? 0) <= queueOffset) return 'NOT_CONSUME_YET';
  const subscription = online.subscriptions.find((each) => each.topic === topic);
  const isByTag = subscription?.expressionType === 'TAG';
  const tags = isByTag ? parseTagExpression(subscription.subString) : undefined;
  return tags !== undefined && !matchesTag(tags, tag) ? 'CONSUMED_BUT_FILTERED' : 'CONSUMED';
}

/** A group that never had a consumer has no retry topic either. */
async function onlineConsumers(admin: AdminClient, group: string): Promise<ConsumerConnections | undefined> {
  try {
    return await admin.clients.consumers(group);
  } catch (error) {
    if (error instanceof TopicNotFoundError) return undefined;
    throw error;
  }
}
