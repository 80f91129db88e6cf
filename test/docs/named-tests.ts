import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(__dirname, '../..');

/** Rows of a table without its head, as cells. */
export function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const cells = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  return lines.slice(2).map(cells);
}

/** @param named as pages name a test: its file as code, a colon, its title or a part of it */
export function expectTest(named: string): void {
  const [, file, title] = /^`(.+?)`: (.+)$/.exec(named) ?? [];
  expect(existsSync(join(root, file))).toBe(true);
  expect(readFileSync(join(root, file), 'utf8')).toContain(title);
}
