import { ProtocolError } from '../common/errors.js';
import { decodeCompactHeader, encodeCompactHeader } from './header-compact.js';
import { decodeJsonHeader, encodeJsonHeader } from './header-json.js';
import type { RemotingCommand } from './remoting-command.js';

/**
 * One command on the wire. Big-endian.
 *
 *   0 frameLength 4: bytes that follow it | 4 header form 1 | 5 headerLength 3 | 8 header | body
 *
 * Source: Apache 5.3 RemotingCommand#decode, NettyDecoder.
 */
export const LENGTH_BYTES = 4;
export const PREFIX_BYTES = LENGTH_BYTES + 4;

/** Of a whole frame, its length field included; Apache's com.rocketmq.remoting.frameMaxLength. */
export const MAX_FRAME_BYTES = 16_777_216;

/** Far more than the 32 KiB of properties a header may carry; bounds what parsing it can cost. */
export const MAX_HEADER_BYTES = 1_048_576;

/** A body up to here is copied behind its header; beyond it travels as it is. */
export const COPIED_BODY_BYTES = 8192;

/** Apache's serialize types: how a header is written. A frame names its own, so either side may use either. */
export const HeaderForm = { json: 0, compact: 1 } as const;
export type HeaderForm = (typeof HeaderForm)[keyof typeof HeaderForm];

/** Refuses a body that no frame can carry, before anything is encoded. @throws ProtocolError */
export function assertBodyFits({ body }: RemotingCommand): void {
  const limit = MAX_FRAME_BYTES - MAX_HEADER_BYTES;
  if (body !== undefined && body.length > limit) {
    throw new ProtocolError(`a body of ${body.length} bytes is beyond the limit of ${limit}; send less at once`);
  }
}

/** @returns the frame in one or two pieces; a large body is the caller's own buffer. @throws ProtocolError beyond the limits */
export function encodeFrame(command: RemotingCommand, form: HeaderForm = HeaderForm.json): Buffer[] {
  assertBodyFits(command);
  const header = form === HeaderForm.json ? encodeJsonHeader(command) : encodeCompactHeader(command);
  const headerLength = Buffer.byteLength(header);
  const bodyLength = command.body?.length ?? 0;
  const frameBytes = PREFIX_BYTES + headerLength + bodyLength;
  if (headerLength > MAX_HEADER_BYTES - PREFIX_BYTES) {
    throw new ProtocolError(
      `a header of ${headerLength} bytes is beyond the limit of ${MAX_HEADER_BYTES - PREFIX_BYTES}`,
    );
  }

  const isCopied = bodyLength <= COPIED_BODY_BYTES;
  const frame = Buffer.allocUnsafe(isCopied ? frameBytes : frameBytes - bodyLength);
  frame.writeInt32BE(frameBytes - LENGTH_BYTES, 0);
  frame.writeInt32BE((form << 24) | headerLength, LENGTH_BYTES);
  // Plain ASCII, as nearly all headers are, is written faster by the simpler encoding.
  if (typeof header === 'string') frame.write(header, PREFIX_BYTES, header.length === headerLength ? 'latin1' : 'utf8');
  else frame.set(header, PREFIX_BYTES);
  if (command.body === undefined || bodyLength === 0) return [frame];
  if (!isCopied) return [frame, command.body];
  frame.set(command.body, PREFIX_BYTES + headerLength);
  return [frame];
}

/**
 * Decodes the frame whose length field has been read: bytes[start, end) is what that length covers.
 * A body that is a small part of `bytes` is copied, so that whoever keeps it keeps no more than twice its size.
 * @throws ProtocolError
 */
export function decodeFrame(bytes: Buffer, start: number, end: number): RemotingCommand {
  const headerStart = start + PREFIX_BYTES - LENGTH_BYTES;
  if (headerStart > end) throw new ProtocolError(`a frame of ${end - start} bytes has no header`);
  const form = bytes[start];
  const headerLength = bytes.readUIntBE(start + 1, 3);
  const bodyStart = headerStart + headerLength;
  if (bodyStart > end || headerLength > MAX_HEADER_BYTES) {
    throw new ProtocolError(
      `a header of ${headerLength} bytes does not fit its frame of ${end - start}, or is beyond ${MAX_HEADER_BYTES}`,
    );
  }
  const header = decodeHeaderAs(form, bytes, headerStart, bodyStart);
  const { code, flag, opaque, language, version, remark, extFields } = header;
  const body = bodyStart < end ? bodyOf(bytes, bodyStart, end) : undefined;
  return { code, flag, opaque, language, version, remark, extFields, body };
}

function bodyOf(bytes: Buffer, start: number, end: number): Buffer {
  const view = bytes.subarray(start, end);
  return view.length * 2 >= bytes.length ? view : Buffer.from(view);
}

function decodeHeaderAs(form: number, bytes: Buffer, start: number, end: number) {
  if (form === HeaderForm.json) return decodeJsonHeader(bytes.toString('utf8', start, end));
  if (form === HeaderForm.compact) return decodeCompactHeader(bytes.subarray(start, end));
  throw new ProtocolError(`header form ${form} is unknown`);
}
