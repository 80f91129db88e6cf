import type { Message } from '../engine/index.js';

/** A message as the record keeps it, to be sent again when the broker has lost its half. */
export function encodePayload({ body, ...rest }: Message): Buffer {
  return Buffer.from(JSON.stringify({ ...rest, body: body.toString('base64') }));
}

/** @throws SyntaxError it is none of encodePayload() */
export function decodePayload(payload: Uint8Array): Message {
  const { body, ...rest } = JSON.parse(Buffer.from(payload).toString()) as Omit<Message, 'body'> & { body: string };
  return { ...rest, body: Buffer.from(body, 'base64') };
}
