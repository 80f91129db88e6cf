import type { StandardSchema } from './metadata.js';

declare const payloadType: unique symbol;

/**
 * A topic whose payload type sender and listener share:
 * `const orderPaid = new Topic<OrderPaid>('order-paid')`.
 */
export class Topic<Payload = unknown> {
  declare readonly [payloadType]?: Payload;
  readonly tag?: string;
  readonly schema?: StandardSchema;

  /**
   * @param options.tag sent with every message, subscribed to when the listener names none
   * @param options.schema checks every received payload
   */
  constructor(
    readonly name: string,
    options: { tag?: string; schema?: StandardSchema } = {},
  ) {
    this.tag = options.tag;
    this.schema = options.schema;
  }
}

/** `PayloadOf<typeof orderPaid>` is OrderPaid. */
export type PayloadOf<T> = T extends Topic<infer Payload> ? Payload : never;
