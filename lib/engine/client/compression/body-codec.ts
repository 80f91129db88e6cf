/** One way to compress bodies. */
export interface BodyCodec {
  /** @param level 1 (fast) to 9 (small) */
  readonly compress: (body: Buffer, level: number) => Buffer;
  /** @throws when the bytes are damaged, or would grow beyond `maxBytes` */
  readonly decompress: (bytes: Buffer, maxBytes: number) => Buffer;
}

export class TooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`more than ${maxBytes} bytes come out of it`);
  }
}
