import type { ReceivedMessage } from '../message/message.js';
import type { ConsumerRunningInfo, DirectConsumeResult } from '../protocol/bodies/consumer-running-info.js';
import type { ConsumerData } from '../protocol/bodies/heartbeat-data.js';
import type { QueueOffset } from '../protocol/bodies/queue-offsets.js';
import type { CheckTransactionStateRequest } from '../protocol/requests/check-transaction-state.js';
import type { Channel } from '../remoting/channel.js';

/** A producer as its client instance knows it. */
export interface ProducerMember {
  readonly group: string;
  /** The broker asks what became of a half message; absent when this producer sends none. */
  checkTransaction?(message: ReceivedMessage, request: CheckTransactionStateRequest, channel: Channel): void;
}

/** A consumer as its client instance knows it. */
export interface ConsumerMember {
  readonly group: string;
  /** Its part of a heartbeat. */
  describe(): ConsumerData;
  isSubscribedTo(topic: string): boolean;
  rebalanceSoon(): void;
  persistOffsets(): Promise<void>;
  /** The connection is gone, and with it what the broker knew of us. */
  onBrokerLost(address: string): void;
  /** Consumption of these queues, where they are ours, is to go on at these offsets. */
  resetOffsets(offsets: readonly QueueOffset[]): void;
  /** Where those queues of a topic that are ours stand. */
  offsetsOf(topic: string): QueueOffset[];
  runningInfo(): ConsumerRunningInfo;
  /** Hands one message to the listener at once, past queues and retries. */
  consumeDirectly(message: ReceivedMessage): Promise<DirectConsumeResult>;
}
