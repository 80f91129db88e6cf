/** A sender's text can't steer the terminal, nor begin a line. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, '·');
}
