import { ByteReader } from '../common/byte-reader.js';
import { ByteWriter } from '../common/byte-writer.js';
import { ProtocolError } from '../common/errors.js';

/**
 * One message inside the body of SEND_BATCH_MESSAGE:
 * totalSize 4 | magic 4 (0) | bodyCrc 4 (0) | flag 4 | bodyLength 4, body | propertiesLength 2, properties.
 * Source: Apache 5.3 MessageDecoder#encodeMessage.
 */
export interface BatchedMessage {
  flag: number;
  body: Buffer;
  /** Text of encodeProperties(). */
  properties: string;
}

/** Bytes of a member besides its body and properties. */
export const BATCH_MEMBER_OVERHEAD = 22;

/** Bytes that a message takes in a batch. */
export function batchedSize({ body, properties }: BatchedMessage): number {
  return BATCH_MEMBER_OVERHEAD + body.length + Buffer.byteLength(properties);
}

export function encodeBatch(messages: readonly BatchedMessage[]): Buffer {
  const sizes = messages.map(batchedSize);
  const writer = new ByteWriter(Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size, 0)));
  for (const [index, { flag, body, properties }] of messages.entries()) {
    const size = sizes[index];
    writer.int32(size).int32(0).int32(0).int32(flag).int32(body.length).raw(body);
    writer.int16(size - BATCH_MEMBER_OVERHEAD - body.length);
    writer.position += writer.bytes.write(properties, writer.position); // long enough for Node's own to be faster
  }
  return writer.bytes;
}

/** @throws ProtocolError when a length does not agree */
export function decodeBatch(bytes: Buffer): BatchedMessage[] {
  const messages: BatchedMessage[] = [];
  for (let start = 0; start < bytes.length;) {
    const left = bytes.length - start;
    const totalSize = left < 4 ? 0 : bytes.readInt32BE(start);
    if (totalSize < BATCH_MEMBER_OVERHEAD || totalSize > left) {
      throw new ProtocolError(`a batched message of ${totalSize} bytes is too small, or larger than the ${left} left`);
    }
    const reader = new ByteReader(bytes, start + 12, start + totalSize);
    const flag = reader.int32();
    const body = reader.slice(reader.int32());
    const properties = reader.utf8(reader.int16());
    if (reader.remaining > 0) {
      throw new ProtocolError(`${reader.remaining} bytes are left behind the last field of a batched message`);
    }
    messages.push({ flag, body, properties });
    start += totalSize;
  }
  return messages;
}
