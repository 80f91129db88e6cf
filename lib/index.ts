// The public door. The engine without Nest: nestjs-rocketmq/engine. TypeORM: nestjs-rocketmq/typeorm.
export { MqModule } from './mq.module.js';
export type {
  EmbeddedEngineSettings,
  InboxSettings,
  MqModuleExtras,
  MqModuleOptions,
  MqOptionsFactory,
  OutboxSettings,
  RemoteEngineSettings,
  TransactionSettings,
} from './mq.options.js';
export type { Feature, TopicFeature } from './mq.feature.js';
export {
  inboxToken,
  listenerRegistryToken,
  mqAdminToken,
  outboxToken,
  rocketMqClientToken,
  rocketMqServerToken,
  rocketTemplateToken,
} from './tokens.js';

export {
  InjectRocketTemplate,
  InjectTopic,
  RocketHeader,
  RocketMessage,
  RocketPayload,
} from './decorators/parameters.js';
export { Idempotent } from './decorators/idempotent.js';
export { DeadLetterListener, RocketListener } from './decorators/rocket-listener.js';
export {
  RocketTransactional,
  TransactionContext,
  type RocketTransactionalOptions,
} from './decorators/rocket-transactional.js';
export { Topic, type PayloadOf } from './decorators/topic.js';
export { TransactionCheck } from './decorators/transaction-check.js';
export type {
  Backoff,
  IdempotencyOptions,
  IdempotencySubject,
  RocketListenerOptions,
  Selector,
  StandardSchema,
  TransactionCheckOptions,
} from './decorators/metadata.js';

export {
  ConsumeTimeoutError,
  InvalidPayloadError,
  ReconsumeLaterException,
  RejectException,
  SkipMessageException,
  SuspendQueueException,
  UndecodableBodyError,
} from './transport/exceptions.js';
export type { ConnectionInit } from './transport/await-cluster.js';
export type { ConsumerDefaults } from './transport/consumer-defaults.js';
export type { ConsumerGroupState } from './transport/consumer-group.js';
export { ListenerRegistry, type ListenerStatus } from './transport/listener-registry.js';
export { MqAdmin } from './transport/mq.admin.js';
export type {
  ConsumeOperation,
  ConsumeResult,
  SendOperation,
  Telemetry,
  TelemetrySource,
} from './transport/telemetry.js';
export { TopicSender } from './transport/topic-sender.js';
export { RocketTemplate, type TemplateSendOptions, type TransactionMessages } from './transport/mq.template.js';
export { NestLogger } from './transport/nest-logger.js';
export {
  RocketRecord,
  RocketRecordBuilder,
  type Destination,
  type MessageSettings,
} from './transport/outgoing-message.js';
export { CONTENT_TYPE, jsonPayloadCodec, type EncodedPayload, type PayloadCodec } from './transport/payload-codec.js';
export { RequestFailedError } from './transport/reply.js';
export { RocketMqClientProxy, type RocketPattern } from './transport/rocketmq.client-proxy.js';
export { RocketContext } from './transport/rocketmq.context.js';
export { RocketMqServer, type RocketMqStatus } from './transport/rocketmq.server.js';

export * from './transaction/index.js';

export {
  BrokerResponseError,
  ClosedError,
  ConfigurationError,
  ConnectError,
  CorruptRecordError,
  InvalidMessageError,
  PortInUseError,
  RequestTimeoutError,
  RocketMqError,
  StoreFullError,
  StoreLockedError,
  TopicNotFoundError,
  type MessageQueue,
  type ReceivedMessage,
  type SendResult,
  type SendStatus,
  type TransactionState,
} from './engine/index.js';
