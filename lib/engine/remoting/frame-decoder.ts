import { ProtocolError } from '../common/errors.js';
import { decodeFrame, LENGTH_BYTES, MAX_FRAME_BYTES } from '../protocol/frame-codec.js';
import type { RemotingCommand } from '../protocol/remoting-command.js';

/**
 * Cuts one connection's bytes into commands. Bytes of an unfinished frame are kept as they came
 * and put together once, when the frame is whole: nothing is allocated because a length says so.
 */
export class FrameDecoder {
  /** The unfinished frame's bytes. */
  private pieces: Buffer[] = [];
  private piecesBytes = 0;
  /** How many bytes the unfinished frame takes, its length field included; unknown before that is there. */
  private wantedBytes = LENGTH_BYTES;

  constructor(private readonly maxFrameBytes = MAX_FRAME_BYTES) {}

  /** Bytes that wait for the rest of their frame. */
  get pendingBytes(): number {
    return this.piecesBytes;
  }

  /**
   * Calls `deliver` for each command that `chunk` completes, in order.
   * @throws ProtocolError the connection's bytes make no sense from here on
   */
  decode(chunk: Buffer, deliver: (command: RemotingCommand) => void): void {
    const begun = this.piecesBytes > 0 ? this.complete(chunk, deliver) : 0;
    if (begun === chunk.length) return;
    const position = this.decodeWhole(chunk, begun, deliver);
    if (position < chunk.length) this.keep(chunk.subarray(position));
  }

  /** Puts the unfinished frame together, and nothing else. @returns where in `chunk` the next one starts */
  private complete(chunk: Buffer, deliver: (command: RemotingCommand) => void): number {
    let position = 0;
    while (position < chunk.length) {
      const end = Math.min(chunk.length, position + this.wantedBytes - this.piecesBytes);
      this.keep(chunk.subarray(position, end));
      position = end;
      if (this.piecesBytes < this.wantedBytes) break;
      const bytes = Buffer.concat(this.pieces, this.piecesBytes);
      if (this.wantedBytes > LENGTH_BYTES) {
        this.pieces = [];
        this.piecesBytes = 0;
        deliver(decodeFrame(bytes, LENGTH_BYTES, bytes.length));
        break;
      }
      this.pieces = [bytes];
      this.wantedBytes += this.checkedLength(bytes.readInt32BE(0));
    }
    return position;
  }

  private keep(piece: Buffer): void {
    this.pieces.push(piece);
    this.piecesBytes += piece.length;
  }

  /** @returns where the first unfinished frame starts */
  private decodeWhole(bytes: Buffer, begin: number, deliver: (command: RemotingCommand) => void): number {
    let position = begin;
    for (;;) {
      const start = position + LENGTH_BYTES;
      if (start > bytes.length) break;
      const end = start + this.checkedLength(bytes.readInt32BE(position));
      if (end > bytes.length) {
        this.wantedBytes = end - position;
        return position;
      }
      deliver(decodeFrame(bytes, start, end));
      position = end;
    }
    this.wantedBytes = LENGTH_BYTES;
    return position;
  }

  private checkedLength(length: number): number {
    if (length < LENGTH_BYTES || length > this.maxFrameBytes - LENGTH_BYTES) {
      throw new ProtocolError(`a frame's length of ${length} is outside 4 to ${this.maxFrameBytes - LENGTH_BYTES}`);
    }
    return length;
  }
}
