export type { Cancellable, Clock } from './ports/clock.js';
export type { Logger, LogFields } from './ports/logger.js';
export { silentLogger } from './ports/logger.js';
export * from './common/errors.js';
export { Bag, type Baggable } from './common/bag.js';
export { attempt } from './common/attempt.js';
export { Service } from './common/lifecycle.js';
export { DeadlineTimer } from './common/deadline-timer.js';
export { nearestName } from './common/nearest-name.js';
export { PeriodicTask } from './common/periodic-task.js';
export { sleep } from './common/sleep.js';
export type { WaitOptions } from './common/on-abort.js';
export { NodeClock } from './platform/node-clock.js';
export type { Message, ReceivedMessage } from './message/message.js';
export type { MessageQueue } from './message/message-queue.js';
export {
  deadLetterTopic,
  groupOfRetryTopic,
  groupNameProblem,
  isDeadLetterTopic,
  isRetryTopic,
  retryTopic,
  topicNameProblem,
} from './message/topic-names.js';
export { isReservedProperty } from './message/property-names.js';
export { matchesTag, parseTagExpression, type TagExpression } from './message/tags.js';
export type { Engine } from './engine.js';
export type { BrokerFigures } from './broker/broker-figures.js';
export type { CacheFigures, StoreFigures } from './store/store-figures.js';
export type { DurationBucket } from './ports/duration-bucket.js';
export { DurationHistogram } from './common/duration-histogram.js';
export { EventLoopWatch } from './platform/event-loop.js';
export type * from './client/admin/index.js';
export { isSystemGroup, isSystemTopic } from './message/topic-names.js';
export { messageQueueKey } from './message/message-queue.js';
export { readSubscriptionGroupConfig } from './protocol/bodies/subscription-group-config.js';
export { readTopicConfig } from './protocol/bodies/topic-config.js';
export { MASTER_ID } from './protocol/bodies/topic-route-data.js';
export type { FastjsonValue } from './common/fastjson.js';
export { originOf } from './client/admin/dead-letter-admin.js';
export type { RateLimit } from './client/consumer/call-pace.js';
export type * from './client/consumer/push-consumer-options.js';
export type * from './client/consumer/lite-pull-consumer-options.js';
export type { LitePullConsumer } from './client/consumer/lite-pull-consumer.js';
export type { PullConsumer, PullConsumerOptions, PullOptions, PullOutcome } from './client/consumer/pull-consumer.js';
export type { PopConsumer, PopConsumerOptions, PopOptions } from './client/consumer/pop/pop-consumer.js';
export type { PullStatus } from './client/broker-api.js';
export type { QueueOffset } from './protocol/bodies/queue-offsets.js';
export type { PushConsumer } from './client/consumer/push-consumer.js';
export type { SessionCredentials } from './client/acl/session-credentials.js';
export type { ClientSettings } from './client/client-settings.js';
export type * from './client/hooks/consumer-hook.js';
export type * from './client/hooks/producer-hook.js';
export { withExtFields, type RpcHook } from './client/hooks/rpc-hook.js';
export type { ClientTls, ServerTls } from './ports/network.js';
export type { RemotingCommand } from './protocol/remoting-command.js';
export type * from './client/producer/producer-options.js';
export type { TransactionState } from './client/producer/transaction-state.js';
export type { Producer } from './client/producer/producer.js';
export type { SendResult, SendStatus } from './client/producer/send-result.js';
export type { TransactionProducer } from './client/producer/transaction-producer.js';
export { startEmbeddedEngine, type EmbeddedEngineOptions, type ListenSettings } from './embedded-engine.js';
export { startWorkerEngine, type WorkerEngineOptions } from './worker-engine.js';
export type { ThreadSettings } from './platform/worker-thread.js';
export { connectEngine, type RemoteEngineOptions } from './connect.js';
export {
  startBroker,
  startNameServer,
  type StartBrokerOptions,
  type StartNameServerOptions,
  type RunningBroker,
  type RunningServer,
} from './servers/standalone.js';
export type { MessageRecord as StoredMessage } from './message/message.js';
export { dumpStore, repairStore, verifyStore } from './servers/store-tools.js';
export type { DumpOptions } from './store/dump.js';
export type { ProgressListener, StoreProblem } from './store/inspect.js';
export type { RepairReport } from './store/repair.js';
export type { StoreReport, VerifyOptions } from './store/verify.js';
export {
  parseServerSetting,
  resolveServerSettings,
  splitSettings,
  type ServerSettings,
} from './servers/server-settings.js';
export { isAccessControlled, type AccessOptions } from './access/access-options.js';
export type { EnginePorts } from './servers/node-ports.js';
export {
  brokerConf,
  nameServerConf,
  readProperties,
  type BrokerConf,
  type GivenSetting,
  type NameServerConf,
} from './servers/server-conf.js';
export { resolveNameServerOptions, type NameServerOptions } from './namesrv/name-server-options.js';
export { tlsConf, type TlsConf } from './servers/tls-conf.js';
export { asksForCertificates, isLoopback } from './servers/open-door.js';
export { JsonLinesLogger } from './platform/json-lines-logger.js';
export { ConsoleLogger } from './platform/console-logger.js';
export { logLevels, type LogLevel } from './platform/levelled-logger.js';
