import { InvalidMessageError } from '../../lib/engine/common/errors.js';
import { Service } from '../../lib/engine/common/lifecycle.js';
import type { Message } from '../../lib/engine/message/message.js';
import type { SendResult } from '../../lib/engine/client/producer/send-result.js';
import type { OutboxProducer } from '../../lib/transaction/outbox/outbox-sender.js';

/** Stores what it is given at once, unless told otherwise: what the outbox meets of a cluster. */
export class ModelOutboxProducer extends Service implements OutboxProducer {
  /** In the order in which they came, copies too. */
  readonly stored: Message[] = [];
  /** Requests so far; a batch is one. */
  requests = 0;
  /** Why a message is not stored; a batch with such a one is not stored at all. */
  failure: (message: Message) => Error | undefined = () => undefined;
  /** Runs inside each request, before anything happens. */
  onRequest: () => void | Promise<void> = () => undefined;
  private ids = 0;

  createProducer(): this {
    return this;
  }

  bodies(): string[] {
    return this.stored.map(({ body }) => body.toString());
  }

  newMessageId(): string {
    return `M${++this.ids}`;
  }

  check({ body }: Message): void {
    if (body.length === 0) throw new InvalidMessageError('body', 'is empty');
  }

  send(message: Message): Promise<SendResult> {
    return this.sendBatch([message]);
  }

  async sendBatch(messages: readonly Message[]): Promise<SendResult> {
    this.requests++;
    await this.onRequest();
    const failure = messages.map(this.failure).find((error) => error !== undefined);
    if (failure !== undefined) throw failure;
    const queue = { topic: messages[0].topic, brokerName: 'broker-a', queueId: 0 };
    this.stored.push(...messages);
    return { status: 'SEND_OK', messageId: '', offsetMessageId: '', queue, queueOffset: 0 };
  }

  protected onStart(): Promise<void> {
    return Promise.resolve();
  }

  protected onStop(): Promise<void> {
    return Promise.resolve();
  }
}
