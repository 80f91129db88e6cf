import { AdminClient } from './client/admin/admin-client.js';
import type { ClientInstance } from './client/client-instance.js';
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
}

/** The one Engine: clients over an instance, whatever is behind its connector. */
export class ClientEngine extends Service implements Engine {
  readonly kind: Engine['kind'];
  readonly admin: AdminClient;
  private readonly producers: Producer[] = [];
  private readonly consumers: PushConsumer[] = [];

  constructor(private readonly parts: EngineParts) {
    super();
    this.kind = parts.kind;
    this.admin = new AdminClient(parts.instance);
  }

  get nameServerAddresses(): string | undefined {
    return this.parts.nameServerAddresses();
  }

  createProducer(options: ProducerOptions): Producer {
    const producer = new Producer(this.parts.instance, options);
    this.producers.push(producer);
    return producer;
  }

  createTransactionProducer(options: TransactionProducerOptions): TransactionProducer {
    const producer = new TransactionProducer(this.parts.instance, options);
    this.producers.push(producer);
    return producer;
  }

  createPushConsumer(options: PushConsumerOptions): PushConsumer {
    const consumer = new PushConsumer(this.parts.instance, options);
    this.consumers.push(consumer);
    return consumer;
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

function together(services: readonly Startable[]): Startable {
  return {
    start: async () => undefined,
    stop: async () => {
      const outcomes = await Promise.allSettled(services.map((service) => service.stop()));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}
