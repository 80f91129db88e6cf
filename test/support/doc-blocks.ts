import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block of a page, with the comment above it that says how it is tested. */
export interface DocBlock {
  /** Path from the repository's root, such as docs/guide.md. */
  readonly page: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** What `<!-- test: … -->` says; undefined if nothing does. */
  readonly test: string | undefined;
}

const root = join(__dirname, '../..');

/** README.md, its translation, and everything under docs/. */
export function pages(): string[] {
  const docs = existsSync(join(root, 'docs'))
    ? readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    : [];
  return ['README.md', 'README.zh.md', ...docs.map((file) => `docs/${file}`)].filter(
    (page) => page.endsWith('.md') && existsSync(join(root, page)),
  );
}

/** The fenced blocks of a page, in their order. */
export function docBlocks(page: string): DocBlock[] {
  return parseBlocks(page, readFileSync(join(root, page), 'utf8'));
}

export function parseBlocks(page: string, markdown: string): DocBlock[] {
  const blocks: DocBlock[] = [];
  const lines = markdown.split('\n');
  let test: string | undefined;
  for (let i = 0; i < lines.length; i++) {
    const comment = /^\s*<!-- test: (.+?) -->\s*$/.exec(lines[i]);
    const fence = /^(\s*)(```+|~~~+)\s*(\w*)/.exec(lines[i]);
    if (comment) {
      test = comment[1];
    } else if (fence) {
      const [, indent, marks, language] = fence;
      const line = i + 1;
      const code: string[] = [];
      while (++i < lines.length && lines[i].trim() !== marks) code.push(lines[i].replace(indent, ''));
      blocks.push({ page, line, language, code: `${code.join('\n')}\n`, test });
      test = undefined;
    } else if (lines[i].trim() !== '') {
      // A comment belongs to the block right below it.
      test = undefined;
    }
  }
  return blocks;
}
