import type { DirectConsumeResult } from '../../protocol/bodies/consumer-running-info.js';
import type { ReceivedMessage } from '../../message/message.js';
import type { ConsumeFromWhere, MessageModel } from '../../protocol/bodies/heartbeat-data.js';
import type { ClientInstance } from '../client-instance.js';
import type { ConsumerMember } from '../group-member.js';
import type { AssignedQueues } from './assigned-queues.js';
import { runningInfoOf, type RunningConsumer } from './running-info.js';
import type { ParsedSubscription } from './subscription.js';

/** What the kinds of consumers differ in. */
export interface ConsumerParts extends Omit<RunningConsumer, 'queues' | 'concurrency'> {
  readonly client: ClientInstance;
  readonly settings: {
    readonly group: string;
    readonly consumeFromWhere: ConsumeFromWhere;
    readonly messageModel?: MessageModel;
  };
  readonly subscriptions: ReadonlyMap<string, ParsedSubscription>;
  /** Whether brokers are told of the subscriptions. Default true. */
  readonly isSharing?: boolean;
  readonly concurrency: () => number;
  /** Absent when nobody of the group owns a queue. */
  readonly queues?: AssignedQueues;
  readonly rebalanceSoon?: () => void;
  readonly onBrokerLost?: (address: string) => void;
  /** Absent when there is no listener; the text says why. */
  readonly consumeDirectly: string | ((message: ReceivedMessage) => Promise<DirectConsumeResult>);
}

/** How the client instance and, through it, brokers reach a consumer. */
export function consumerMember(parts: ConsumerParts): ConsumerMember {
  const { client, settings, consumeType, subscriptions, isSharing = true, queues, consumeDirectly } = parts;
  const { group, consumeFromWhere, messageModel = 'CLUSTERING' } = settings;
  return {
    group,
    describe: () => ({
      groupName: group,
      consumeType,
      messageModel,
      consumeFromWhere,
      unitMode: client.unitMode,
      subscriptionDataSet: isSharing ? [...subscriptions.values()].map(({ data }) => data) : [],
    }),
    isSubscribedTo: (topic) => subscriptions.has(topic),
    rebalanceSoon: () => parts.rebalanceSoon?.(),
    persistOffsets: async () => queues?.persist(),
    onBrokerLost: (address) => parts.onBrokerLost?.(address),
    resetOffsets: (offsets) => {
      for (const { queue, offset } of offsets) queues?.release(queue, offset);
    },
    offsetsOf: (topic) =>
      (queues?.ofTopic(topic) ?? []).map(({ queue, commitOffset }) => ({ queue, offset: commitOffset })),
    runningInfo: () => runningInfoOf({ ...parts, concurrency: parts.concurrency(), queues: queues?.all ?? [] }),
    consumeDirectly: typeof consumeDirectly === 'string' ? async () => refusal(consumeDirectly) : consumeDirectly,
  };
}

function refusal(remark: string): DirectConsumeResult {
  return { order: false, autoCommit: false, consumeResult: 'CR_THROW_EXCEPTION', remark, spentTimeMills: 0 };
}
