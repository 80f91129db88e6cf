import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import { Observable } from 'rxjs';
import type { Topic } from '../decorators/topic.js';
import { attempt, type Logger } from '../engine/index.js';
import type { RocketTemplate } from './mq.template.js';
import { parseDestination } from './outgoing-message.js';
import { RequestFailedError } from './reply.js';

/** Pattern: `topic`, `topic:tag`, a Topic, or `{ topic, tag? }`. */
export type RocketPattern = string | Topic | { topic: string; tag?: string };

/**
 * Nest's ClientProxy over a RocketTemplate. emit() sends at once, subscribed or not; its Observable
 * gives the SendResult. send() requests, and gives the reply of a listener with the option `reply`, or
 * of a @MessagePattern; the error it fails with is what the handler's side replied. Data may be a
 * RocketRecord.
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
    const sending = attempt(() => this.dispatchEvent(this.createPacket(pattern, data)));
    let isObserved = false;
    sending.catch((error: unknown) => {
      if (!isObserved) this.log.error('emit failed, and nobody subscribed to it', { pattern, error });
    });
    return new Observable<Result>((subscriber) => {
      isObserved = true;
      sending.then(
        (result) => {
          subscriber.next(result as Result);
          subscriber.complete();
        },
        (error: unknown) => subscriber.error(error),
      );
    });
  }

  /** As Nest's, without the connecting that ours does by itself. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Nest's signature
  override send<Result = unknown, Input = unknown>(pattern: unknown, data: Input): Observable<Result> {
    if (data === undefined || data === null) return super.send(pattern, data); // refuses
    return new Observable<Result>((subscriber) =>
      this.publish(this.createPacket(pattern, data), this.createObserver(subscriber)),
    );
  }

  protected override dispatchEvent<T = unknown>(packet: ReadPacket): Promise<T> {
    const { topic, tag } = destinationOf(packet.pattern as RocketPattern);
    return this.template.send(topic, packet.data as unknown, { tag, headers: metadataOf(packet) }) as Promise<T>;
  }

  /** Unsubscribing gives the request up; its reply is then dropped. */
  protected override publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    let isGivenUp = false;
    let endWait: (() => void) | undefined; // does nothing when it is over
    const onWaiting = (giveUp: () => void): void => {
      endWait = giveUp;
      if (isGivenUp) giveUp();
    };
    const end = (answer: WritePacket): void => {
      if (!isGivenUp) callback(answer);
    };
    this.request(packet, onWaiting).then(
      (response) => end({ response, isDisposed: true }),
      (error: unknown) => end({ err: error instanceof RequestFailedError ? error.error : error }),
    );
    return () => {
      isGivenUp = true;
      endWait?.();
    };
  }

  private request(packet: ReadPacket, onWaiting: (giveUp: () => void) => void): Promise<unknown> {
    return attempt(() => {
      const { topic, tag } = destinationOf(packet.pattern as RocketPattern);
      return this.template.request(topic, packet.data as unknown, { tag, headers: metadataOf(packet), onWaiting });
    });
  }
}

/** What a dispatch hook has added; Nest 11 has no such hook. */
function metadataOf(packet: object): Record<string, string> | undefined {
  return (packet as { metadata?: Record<string, string> }).metadata;
}

function destinationOf(pattern: RocketPattern): { topic: string; tag?: string } {
  return typeof pattern === 'object' && 'topic' in pattern ? pattern : parseDestination(pattern);
}
