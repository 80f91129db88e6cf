/** Buffers one behind the other: a view if that is how they lie in memory already, else a copy. */
export function joined(parts: readonly Buffer[]): Buffer {
  if (parts.length === 1) return parts[0];
  let bytes = 0;
  for (const { length } of parts) bytes += length;
  return lieTogether(parts) ? Buffer.from(parts[0].buffer, parts[0].byteOffset, bytes) : Buffer.concat(parts, bytes);
}

function lieTogether(parts: readonly Buffer[]): boolean {
  if (parts.length === 0) return false;
  const { buffer } = parts[0];
  let end = parts[0].byteOffset;
  for (const part of parts) {
    if (part.buffer !== buffer || part.byteOffset !== end) return false;
    end += part.length;
  }
  return true;
}
