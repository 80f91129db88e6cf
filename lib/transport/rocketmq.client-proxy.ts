import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import { from, Observable, throwError } from 'rxjs';
import type { Topic } from '../decorators/topic.js';
import type { Logger } from '../engine/index.js';
import { UnsupportedOperationError } from './exceptions.js';
import type { RocketTemplate } from './mq.template.js';
import { parseDestination } from './outgoing-message.js';

/** Pattern: `topic`, `topic:tag`, a Topic, or `{ topic, tag? }`. */
export type RocketPattern = string | Topic | { topic: string; tag?: string };

/**
 * Nest's ClientProxy over a RocketTemplate. emit() sends at once, subscribed or not; its Observable
 * gives the SendResult. Data may be a RocketRecord.
 */
export class RocketMqClientProxy extends ClientProxy {
  constructor(
    private readonly template: RocketTemplate,
    private readonly log: Logger,
  ) {
    super();
  }

  /** The template connects by itself. */
  override connect(): Promise<void> {
    return Promise.resolve();
  }

  /** The module stops what the template started. */
  override close(): void {
    return undefined;
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Nest's signature
  override unwrap<T = RocketTemplate>(): T {
    return this.template as T;
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Nest's signature
  override emit<Result = unknown, Input = unknown>(pattern: unknown, data: Input): Observable<Result> {
    const sending = this.dispatch(pattern, data);
    let isObserved = false;
    sending.catch((error: unknown) => {
      if (!isObserved) this.log.error('emit failed, and nobody subscribed to it', { pattern, error });
    });
    return new Observable<Result>((subscriber) => {
      isObserved = true;
      return from(sending as Promise<Result>).subscribe(subscriber);
    });
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Nest's signature
  override send<Result = unknown, Input = unknown>(_pattern: unknown, _data: Input): Observable<Result> {
    return throwError(
      () =>
        new UnsupportedOperationError(
          'request-reply is not offered by this engine; emit() an event and listen for its answer on another topic',
        ),
    );
  }

  protected override dispatchEvent<T = unknown>({ pattern, data, metadata }: ReadPacket): Promise<T> {
    const { topic, tag } = destinationOf(pattern as RocketPattern);
    return this.template.send(topic, data as unknown, { tag, headers: metadata }) as Promise<T>;
  }

  protected override publish(_packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    callback({ err: new UnsupportedOperationError('request-reply is not offered by this engine') });
    return () => undefined;
  }

  /** Everything that can fail does so as a rejection. */
  private async dispatch(pattern: unknown, data: unknown): Promise<unknown> {
    return this.dispatchEvent(this.createPacket(pattern, data));
  }
}

function destinationOf(pattern: RocketPattern): { topic: string; tag?: string } {
  return typeof pattern === 'object' && 'topic' in pattern ? pattern : parseDestination(pattern);
}
