import type { BrokerFigures } from './broker/broker-figures.js';
import { AdminClient } from './client/admin/admin-client.js';
import type { ClientInstance } from './client/client-instance.js';
import { LitePullConsumer } from './client/consumer/lite-pull-consumer.js';
import type { LitePullConsumerOptions } from './client/consumer/lite-pull-consumer-options.js';
import { PullConsumer, type PullConsumerOptions } from './client/consumer/pull-consumer.js';
import { PopConsumer, type PopConsumerOptions } from './client/consumer/pop/pop-consumer.js';
import { PushConsumer } from './client/consumer/push-consumer.js';
import type { PushConsumerOptions } from './client/consumer/push-consumer-options.js';
import { Producer } from './client/producer/producer.js';
import type { ProducerOptions, TransactionProducerOptions } from './client/producer/producer-options.js';
import { TransactionProducer } from './client/producer/transaction-producer.js';
import { Service, startInOrder, stopInReverse, type Startable } from './common/lifecycle.js';
import type { Engine } from './engine.js';

/** What is inside an engine: how it is reached, and the servers it brings along, if any. */
export interface EngineParts {
  readonly kind: Engine['kind'];
  readonly instance: ClientInstance;
  /** Started before the clients, stopped after them. */
  readonly servers: readonly Startable[];
  readonly nameServerAddresses: () => string | undefined;
  /** Of the broker that is among the servers. */
  readonly figures?: () => BrokerFigures;
}

/** The one Engine: clients over an instance, whatever is behind its connector. */
export class ClientEngine extends Service implements Engine {
  readonly kind: Engine['kind'];
  readonly admin: AdminClient;
  readonly figures?: () => BrokerFigures;
  private readonly producers = new Set<Service>();
  private readonly consumers = new Set<Service>();

  constructor(private readonly parts: EngineParts) {
    super();
    this.kind = parts.kind;
    this.figures = parts.figures;
    this.admin = new AdminClient(parts.instance);
  }

  get nameServerAddresses(): string | undefined {
    return this.parts.nameServerAddresses();
  }

  createProducer(options: ProducerOptions): Producer {
    return keep(this.producers, new Producer(this.parts.instance, options));
  }

  createTransactionProducer(options: TransactionProducerOptions): TransactionProducer {
    return keep(this.producers, new TransactionProducer(this.parts.instance, options));
  }

  createPushConsumer(options: PushConsumerOptions): PushConsumer {
    return keep(this.consumers, this.newPushConsumer(this.parts.instance, options));
  }

  createLitePullConsumer(options: LitePullConsumerOptions): LitePullConsumer {
    return keep(this.consumers, new LitePullConsumer(this.parts.instance, options));
  }

  createPullConsumer(options: PullConsumerOptions): PullConsumer {
    return keep(this.consumers, new PullConsumer(this.parts.instance, options));
  }

  createPopConsumer(options: PopConsumerOptions): PopConsumer {
    return keep(this.consumers, new PopConsumer(this.parts.instance, options));
  }

  /** For engines whose consumers do more. */
  protected newPushConsumer(instance: ClientInstance, options: PushConsumerOptions): PushConsumer {
    return new PushConsumer(instance, options);
  }

  protected onStart(): Promise<void> {
    return startInOrder([...this.parts.servers, this.parts.instance]);
  }

  /** Consumers first: what their listeners still send has to find its producer. */
  protected async onStop(): Promise<void> {
    const order = [...this.parts.servers, this.parts.instance, together(this.producers), together(this.consumers)];
    await stopInReverse(order);
  }
}

/** Adds a client to those that are stopped with the engine; those that were stopped before are forgotten. */
function keep<Client extends Service>(clients: Set<Service>, client: Client): Client {
  for (const other of clients) if (other.isStopping) clients.delete(other);
  clients.add(client);
  return client;
}

function together(services: ReadonlySet<Service>): Startable {
  return {
    start: async () => undefined,
    stop: async () => {
      const outcomes = await Promise.allSettled([...services].map((service) => service.stop()));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}
