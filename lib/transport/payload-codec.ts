import { InvalidMessageError } from '../engine/index.js';
import { UndecodableBodyError } from './exceptions.js';

/** The property that says what a body is; rocketmq-spring uses the same name. */
export const CONTENT_TYPE = 'contentType';

/** A body, and what it is. */
export interface EncodedPayload {
  body: Buffer;
  /** Undefined: sent without the property. */
  contentType?: string;
}

/** Turns payloads into bodies and back. Replace it by the module option `serializer`. */
export interface PayloadCodec {
  encode(payload: unknown): EncodedPayload;
  /** @param contentType the message's property, undefined when a foreign producer sent none */
  decode(body: Buffer, contentType: string | undefined): unknown;
}

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain;charset=UTF-8';
const BINARY_TYPE = 'application/octet-stream';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Text and bytes as they are, everything else as JSON. A body that nobody marked (a Java producer's)
 * arrives as what it plainly is: a JSON object or list, else text, else a Buffer.
 */
export const jsonPayloadCodec: PayloadCodec = {
  encode(payload) {
    if (typeof payload === 'string') return { body: Buffer.from(payload), contentType: TEXT_TYPE };
    if (payload instanceof Uint8Array) return { body: asBuffer(payload), contentType: BINARY_TYPE };
    return { body: Buffer.from(toJson(payload)), contentType: JSON_TYPE };
  },

  decode(body, contentType) {
    if (contentType === undefined) return decodeUnmarked(body);
    const type = contentType.split(';')[0].trim().toLowerCase();
    if (type === JSON_TYPE || type.endsWith('+json')) return parseJson(body);
    if (type.startsWith('text/')) return body.toString();
    return body;
  },
};

function toJson(payload: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(payload);
  } catch (cause) {
    throw new InvalidMessageError('payload', 'cannot be written as JSON; send plain data, text or a Buffer', { cause });
  }
  if (text === undefined)
    throw new InvalidMessageError('payload', `is ${typeof payload}, which JSON has no form for; send null or data`);
  return text;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw new UndecodableBodyError(`a body of ${body.length} bytes is marked as JSON but cannot be read as such`, {
      cause,
    });
  }
}

function decodeUnmarked(body: Buffer): unknown {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return body; // not text
  }
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // begins like JSON, and is none
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
