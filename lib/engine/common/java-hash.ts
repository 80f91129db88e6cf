/** Java's String#hashCode: signed 32-bit, over UTF-16 code units. @param hash of the text in front of this one */
export function javaHash(text: string, hash = 0): number {
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}
