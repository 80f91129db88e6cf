import { encodeHostAddress, type HostAddress } from '../message/host-address.js';
import { UniqueIdGenerator } from '../message/message-id.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import type { MessageStore } from '../store/message-store.js';
import type { BrokerOptions } from './broker-options.js';
import type { BrokerStats } from './broker-stats.js';
import type { BrokerToClient } from './broker-to-client.js';
import type { Access } from '../access/access.js';
import { openTopics } from '../access/topic-guard.js';
import type { AnswerBudget } from './flow/answer-budget.js';
import { MessageFilters } from './filter/message-filters.js';
import type { HalfMessageQueue } from './half-message-queue.js';
import type { Processors } from './processor-table.js';
import { AccessAdminProcessor } from './processors/access-admin.processor.js';
import { BrokerConfigProcessor } from './processors/broker-config.processor.js';
import { ClientAdminProcessor } from './processors/client-admin.processor.js';
import { ConsumerOffsetProcessor } from './processors/consumer-offset.processor.js';
import { ConsumerSendBackProcessor } from './processors/consumer-send-back.processor.js';
import { EndTransactionProcessor } from './processors/end-transaction.processor.js';
import { GroupAdminProcessor } from './processors/group-admin.processor.js';
import { HeartbeatProcessor } from './processors/heartbeat.processor.js';
import { OffsetAdminProcessor } from './processors/offset-admin.processor.js';
import { PeekMessageProcessor } from './processors/peek-message.processor.js';
import { PopAckProcessor } from './processors/pop-ack.processor.js';
import { PopMessageProcessor } from './processors/pop-message.processor.js';
import { PullMessageProcessor } from './processors/pull-message.processor.js';
import { QueryMessageProcessor } from './processors/query-message.processor.js';
import { QueueAssignmentProcessor } from './processors/queue-assignment.processor.js';
import { QueueLockProcessor } from './processors/queue-lock.processor.js';
import { QueueOffsetProcessor } from './processors/queue-offset.processor.js';
import { RecallMessageProcessor } from './processors/recall-message.processor.js';
import { ReplyMessageProcessor } from './processors/reply-message.processor.js';
import { ResumeCheckProcessor } from './processors/resume-check.processor.js';
import { SendMessageProcessor } from './processors/send-message.processor.js';
import { StatsAdminProcessor } from './processors/stats-admin.processor.js';
import { StoreAdminProcessor } from './processors/store-admin.processor.js';
import { TopicAdminProcessor } from './processors/topic-admin.processor.js';
import type { PopHold } from './pop/pop-hold.js';
import { PopOrderTable } from './pop/pop-order-table.js';
import { PopReader } from './pop/pop-reader.js';
import type { PullRequestHold } from './pull-request-hold.js';
import type { PutMessage } from './put-message.js';
import type { StoreDisk } from './runtime-info.js';
import { SendCheck } from './send-check.js';
import type { Tables } from './tables/tables.js';
import type { TimerHeap } from './timer-heap.js';
import type { TopicRoutes } from './topic-routes.js';
import { reviveTopic } from './tables/topic-table.js';

export interface ProcessorParts {
  options: BrokerOptions;
  tables: Tables;
  store: MessageStore;
  putMessage: PutMessage;
  halfMessages: HalfMessageQueue;
  hold: PullRequestHold;
  popHold: PopHold;
  access?: Access;
  answers: AnswerBudget;
  stats: BrokerStats;
  client: BrokerToClient;
  /** Stores and announces the table of topics. */
  publishTopics: () => Promise<void>;
  saveGroups: () => Promise<void>;
  saveRequestModes: () => Promise<void>;
  routes: TopicRoutes;
  timers: TimerHeap;
  disk?: StoreDisk;
  /** To be shown with the broker's. */
  storeSettings?: object;
  log: Logger;
  /** `host:port` that clients reach this broker at. */
  brokerAddress: () => string;
  /** As stored messages carry it. */
  storeHost: HostAddress;
  /** Bytes at the log's end that count as still in memory. */
  memoryBytes: number;
  clock: Clock;
  random: Random;
}

/** Gives each family of requests what it needs. */
export function createProcessors(parts: ProcessorParts): Processors {
  const { options, tables, store, putMessage, halfMessages, stats, clock, random } = parts;
  const { topics, groups, offsets } = tables;
  const guard = parts.access?.control ?? openTopics;
  const filters = new MessageFilters();
  const pop = {
    ...parts,
    ...tables,
    brokerName: options.brokerName,
    reviveTopic: reviveTopic(options.brokerClusterName),
    brokerHost: parts.storeHost,
    orders: new PopOrderTable(clock),
    filters,
  };
  const check = new SendCheck(options, topics, parts.publishTopics, clock);
  const uniqueIds = new UniqueIdGenerator(clock, random, {
    ip: encodeHostAddress(parts.storeHost).subarray(0, -4),
    processId: random.nextInt(0x10000),
  });
  return {
    send: new SendMessageProcessor({ ...parts, ...tables, check, uniqueIds }),
    reply: new ReplyMessageProcessor({ ...parts, ...tables, check }),
    recall: new RecallMessageProcessor(options, topics, putMessage, clock),
    sendBack: new ConsumerSendBackProcessor({ ...parts, ...tables, guard }),
    endTransaction: new EndTransactionProcessor(options, halfMessages, putMessage, clock, guard),
    resumeCheck: new ResumeCheckProcessor(store, halfMessages),
    pull: new PullMessageProcessor({ ...parts, ...tables, filters }),
    pop: new PopMessageProcessor({ ...pop, reader: new PopReader(pop) }),
    peek: new PeekMessageProcessor({ ...parts, ...tables }),
    popAck: new PopAckProcessor(pop),
    assignment: new QueueAssignmentProcessor({ ...parts, ...tables }),
    queryMessage: new QueryMessageProcessor(store, guard),
    heartbeat: new HeartbeatProcessor(options, tables, clock, guard),
    consumerOffset: new ConsumerOffsetProcessor(options, tables, store, parts.memoryBytes),
    queueLock: new QueueLockProcessor(tables.locks),
    queueOffset: new QueueOffsetProcessor(store),
    topicAdmin: new TopicAdminProcessor({ ...parts, topics, offsets }),
    groupAdmin: new GroupAdminProcessor(groups, offsets, stats, parts.saveGroups),
    offsetAdmin: new OffsetAdminProcessor(parts),
    clientAdmin: new ClientAdminProcessor(tables, store, options.brokerName, guard),
    statsAdmin: new StatsAdminProcessor({ ...parts, ...tables }),
    storeAdmin: new StoreAdminProcessor(store, tables.consumers),
    config: new BrokerConfigProcessor({ ...parts, topics }),
    accessAdmin: new AccessAdminProcessor(parts.access),
  };
}
