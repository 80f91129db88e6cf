/**
 * Short texts as UTF-8 without leaving JavaScript: a call into Node costs more than their few
 * characters. Longer ones, and those that are not ASCII, are left to Node.
 */
const SHORT = 128;

/** Bytes of `text`. */
export function utf8Length(text: string): number {
  const { length } = text;
  if (length > SHORT) return Buffer.byteLength(text);
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text);
  return length;
}

/** Writes `text` unless it would go beyond `limit`. @returns where it ends */
export function writeUtf8(bytes: Buffer, position: number, text: string, limit = bytes.length): number {
  const { length } = text;
  if (length > SHORT || position + length > limit) return writeLong(bytes, position, text, limit);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return writeLong(bytes, position, text, limit);
    bytes[position + i] = code;
  }
  return position + length;
}

function writeLong(bytes: Buffer, position: number, text: string, limit: number): number {
  const end = position + Buffer.byteLength(text);
  if (end <= limit) bytes.write(text, position, end - position);
  return end;
}
