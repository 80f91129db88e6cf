import {
  assertBodyFits,
  COPIED_BODY_BYTES,
  encodeFrame,
  HeaderForm,
  LENGTH_BYTES,
  PREFIX_BYTES,
} from './frame-codec.js';
import type { RemotingCommand } from './remoting-command.js';

/** What a header usually takes at most. */
const USUAL_HEADER_BYTES = 1024;
const USUAL_ROOM = USUAL_HEADER_BYTES + PREFIX_BYTES;
const SMALLEST_BLOCK = 2 * USUAL_ROOM;
const LARGEST_BLOCK = 65_536;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const LAST_ASCII = 0x7e;
const MINUS = 0x2d;
const ZERO = 0x30;
const LONGEST_INT32 = '-2147483648'.length;
/** Its names, four numbers, and what a number may need to be tried. */
const HEADER_WITHOUT_TEXTS = 256;

/**
 * Puts frames with JSON headers one behind the other, as they leave in one write. A usual header is
 * written without a text in between. Large bodies aren't copied: they stay the caller's buffers.
 */
export class FrameWriter {
  private pieces: Buffer[] = [];
  private piecesBytes = 0;
  /** Where frames are written: [start, end) of it isn't among the pieces yet. */
  private block = Buffer.alloc(0);
  private start = 0;
  private end = 0;
  /** What was written until the last take(): the next turn will need about as much. */
  private lastBytes = 0;

  /** Bytes that wait to be taken. */
  get byteLength(): number {
    return this.piecesBytes + this.end - this.start;
  }

  /** @throws ProtocolError beyond the limits of a frame */
  append(command: RemotingCommand): void {
    assertBodyFits(command);
    const { body } = command;
    const bodyBytes = body === undefined ? 0 : body.length;
    const copiedBytes = bodyBytes <= COPIED_BODY_BYTES ? bodyBytes : 0;
    let headerEnd = this.writeHeader(command, USUAL_ROOM, copiedBytes);
    if (headerEnd < 0) {
      const room = PREFIX_BYTES + mostHeaderBytes(command);
      if (room > USUAL_ROOM && room <= LARGEST_BLOCK) headerEnd = this.writeHeader(command, room, copiedBytes);
    }
    if (headerEnd < 0) {
      for (const piece of encodeFrame(command)) this.add(piece);
      return;
    }
    const headerStart = this.end + PREFIX_BYTES;
    this.block.writeInt32BE(headerEnd - headerStart + LENGTH_BYTES + bodyBytes, this.end);
    this.block.writeInt32BE((HeaderForm.json << 24) | (headerEnd - headerStart), this.end + LENGTH_BYTES);
    this.end = headerEnd;
    if (body !== undefined) this.add(body);
  }

  /** All that was appended since the last call. */
  take(): Buffer[] {
    this.cut();
    const { pieces } = this;
    this.lastBytes = this.piecesBytes;
    this.pieces = [];
    this.piecesBytes = 0;
    // Not kept for the next turn: a connection that is silent should hold nothing.
    this.block = Buffer.alloc(0);
    this.start = this.end = 0;
    return pieces;
  }

  /** Behind room for the frame's prefix. @returns where the header ends; see writeHeader() below */
  private writeHeader(command: RemotingCommand, room: number, copiedBytes: number): number {
    this.makeRoom(room + copiedBytes);
    return writeHeader(this.block, this.end + PREFIX_BYTES, this.block.length - copiedBytes, command);
  }

  private add(bytes: Buffer): void {
    if (bytes.length > COPIED_BODY_BYTES) {
      this.cut();
      this.pieces.push(bytes);
      this.piecesBytes += bytes.length;
      return;
    }
    this.makeRoom(bytes.length);
    this.block.set(bytes, this.end);
    this.end += bytes.length;
  }

  private makeRoom(bytes: number): void {
    if (this.block.length - this.end >= bytes) return;
    this.cut();
    const expected = Math.min(LARGEST_BLOCK, this.lastBytes + SMALLEST_BLOCK);
    this.block = Buffer.allocUnsafe(Math.max(bytes, expected));
    this.start = this.end = 0;
    this.lastBytes = LARGEST_BLOCK; // it takes more than the last time
  }

  private cut(): void {
    if (this.end === this.start) return;
    this.pieces.push(this.block.subarray(this.start, this.end));
    this.piecesBytes += this.end - this.start;
    this.start = this.end;
  }
}

/** Of a header that has nothing to escape; that of an answer to a batch has an id for each message. */
function mostHeaderBytes({ extFields, language, remark = '' }: RemotingCommand): number {
  let bytes = HEADER_WITHOUT_TEXTS + language.length + remark.length;
  for (const name in extFields) {
    const value: unknown = extFields[name];
    if (typeof value === 'string') bytes += name.length + value.length + '"":"",'.length;
  }
  return bytes;
}

/**
 * Writes what encodeJsonHeader() says, if there is nothing to escape in it. Only whole constants and
 * single values are put together: a text made of several would first have to be made one.
 * @returns where it ends; -1: it has to be written otherwise, or `limit` is too near
 */
function writeHeader(bytes: Buffer, position: number, limit: number, command: RemotingCommand): number {
  const { code, extFields, flag, language, opaque, remark, version } = command;
  let at = writeText(bytes, position, limit, '{"code":');
  at = writeInt32(bytes, at, limit, code);
  at = writeText(bytes, at, limit, ',"extFields":{');
  let separator = '"';
  for (const name in extFields) {
    at = writeText(bytes, at, limit, separator);
    at = writeValue(bytes, at, limit, name);
    at = writeText(bytes, at, limit, '":"');
    at = writeValue(bytes, at, limit, extFields[name]);
    separator = '","';
  }
  at = writeText(bytes, at, limit, separator === '"' ? '},"flag":' : '"},"flag":');
  at = writeInt32(bytes, at, limit, flag);
  at = writeText(bytes, at, limit, ',"language":"');
  at = writeValue(bytes, at, limit, language);
  at = writeText(bytes, at, limit, '","opaque":');
  at = writeInt32(bytes, at, limit, opaque);
  if (remark !== undefined) {
    at = writeText(bytes, at, limit, ',"remark":"');
    at = writeValue(bytes, at, limit, remark);
    at = writeText(bytes, at, limit, '"');
  }
  at = writeText(bytes, at, limit, ',"serializeTypeCurrentRPC":"JSON","version":');
  at = writeInt32(bytes, at, limit, version);
  return writeText(bytes, at, limit, '}');
}

function writeText(bytes: Buffer, at: number, limit: number, text: string): number {
  if (at < 0 || at + text.length > limit) return -1;
  for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
  return at;
}

function writeInt32(bytes: Buffer, at: number, limit: number, value: number): number {
  if (at < 0 || at + LONGEST_INT32 > limit || value !== (value | 0)) return -1;
  if (value < 0) bytes[at++] = MINUS;
  let rest = Math.abs(value);
  let end = at + 1;
  for (let bound = 10; bound <= rest; bound *= 10) end++;
  for (let digit = end - 1; digit >= at; digit--, rest = Math.floor(rest / 10)) bytes[digit] = ZERO + (rest % 10);
  return end;
}

function writeValue(bytes: Buffer, at: number, limit: number, text: string): number {
  // Whatever else a hook may put among the ext fields is written as JSON has it.
  if (at < 0 || typeof text !== 'string' || at + text.length > limit) return -1;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char < FIRST_PRINTABLE || char > LAST_ASCII || char === QUOTE || char === BACKSLASH) return -1;
    bytes[at++] = char;
  }
  return at;
}
