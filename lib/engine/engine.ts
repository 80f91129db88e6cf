import type { BrokerFigures } from './broker/broker-figures.js';
import type { AdminClient } from './client/admin/admin-client.js';
import type { Producer } from './client/producer/producer.js';
import type { ProducerOptions, TransactionProducerOptions } from './client/producer/producer-options.js';
import type { TransactionProducer } from './client/producer/transaction-producer.js';
import type { LitePullConsumer } from './client/consumer/lite-pull-consumer.js';
import type { LitePullConsumerOptions } from './client/consumer/lite-pull-consumer-options.js';
import type { PullConsumer, PullConsumerOptions } from './client/consumer/pull-consumer.js';
import type { PopConsumer, PopConsumerOptions } from './client/consumer/pop/pop-consumer.js';
import type { PushConsumer } from './client/consumer/push-consumer.js';
import type { PushConsumerOptions } from './client/consumer/push-consumer-options.js';

/**
 * What an application holds: clients of one cluster, be it embedded or remote (promise P6: one code
 * path). stop() also stops the clients made here that still run, consumers first.
 */
export interface Engine extends AsyncDisposable {
  readonly kind: 'embedded' | 'remote';
  /** Addresses, separated by `;`, at which other processes find this cluster; undefined when it is reached in memory only. */
  readonly nameServerAddresses?: string;

  /** Each is started by its owner. */
  createProducer(options: ProducerOptions): Producer;
  createTransactionProducer(options: TransactionProducerOptions): TransactionProducer;
  createPushConsumer(options: PushConsumerOptions): PushConsumer;
  createLitePullConsumer(options: LitePullConsumerOptions): LitePullConsumer;
  createPullConsumer(options: PullConsumerOptions): PullConsumer;
  createPopConsumer(options: PopConsumerOptions): PopConsumer;
  /** Topics, offsets and messages, without a producer or consumer. */
  readonly admin: AdminClient;
  /** How the embedded broker fares; absent when the cluster is elsewhere. */
  figures?(): BrokerFigures;

  stop(): Promise<void>;
}
