import type { Clock } from '../../ports/clock.js';
import type { BrokerOptions } from '../broker-options.js';
import type { BrokerToClient } from '../broker-to-client.js';
import { ConsumerOffsetTable } from './consumer-offset-table.js';
import { ConsumerTable } from './consumer-table.js';
import { DelayOffsetTable } from './delay-offset-table.js';
import { ProducerTable } from './producer-table.js';
import { QueueLockTable } from './queue-lock-table.js';
import { RequestModeTable } from './request-mode-table.js';
import { SubscriptionGroupTable } from './subscription-group-table.js';
import { TimerProgress } from './timer-progress.js';
import { TopicTable } from './topic-table.js';

/** All that a broker knows besides messages. */
export interface Tables {
  readonly topics: TopicTable;
  readonly groups: SubscriptionGroupTable;
  readonly offsets: ConsumerOffsetTable;
  readonly delayOffsets: DelayOffsetTable;
  readonly timerProgress: TimerProgress;
  readonly requestModes: RequestModeTable;
  readonly consumers: ConsumerTable;
  readonly producers: ProducerTable;
  readonly locks: QueueLockTable;
}

export function createTables(options: BrokerOptions, clock: Clock, client: BrokerToClient): Tables {
  return {
    topics: new TopicTable(options, clock),
    groups: new SubscriptionGroupTable(options, clock),
    offsets: new ConsumerOffsetTable(options, clock),
    delayOffsets: new DelayOffsetTable(options, clock),
    timerProgress: new TimerProgress(),
    requestModes: new RequestModeTable(),
    producers: new ProducerTable(options, clock),
    locks: new QueueLockTable(clock),
    consumers: new ConsumerTable(options, clock, {
      onMembersChanged: (group) => {
        if (options.notifyConsumerIdsChangedEnable) client.notifyConsumerIdsChanged(group);
      },
    }),
  };
}
