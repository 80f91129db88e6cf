import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { pages } from '../support/doc-blocks.js';

const root = join(__dirname, '../..');
const START = 'docs/README.md';

interface Link {
  readonly text: string;
  readonly target: string;
}

test.each(pages())('the links of %s lead somewhere', (page) => {
  expect(
    linksOf(page).flatMap(({ text, target }) => problemOf(page, target)?.replace(/^/, `[${text}] `) ?? []),
  ).toEqual([]);
});

test('every page is reached from the index', () => {
  const reached = new Set([START]);
  for (const page of reached) for (const next of pagesBehind(page)) reached.add(next);
  expect(pages().filter((page) => !reached.has(page))).toEqual([]);
});

test('a link that leads nowhere is found', () => {
  expect(problemOf('docs/contributing.md', 'nowhere.md')).toBe('nowhere.md: there is no docs/nowhere.md');
  expect(problemOf('docs/contributing.md', '#nowhere')).toBe('#nowhere: docs/contributing.md has no such heading');
  expect(problemOf('docs/contributing.md', '#commands')).toBeUndefined();
  expect(problemOf('docs/contributing.md', 'http://example.com')).toBe('http://example.com: is not https');
});

function linksOf(page: string): Link[] {
  const links = [...proseOf(page).matchAll(/\[((?:`[^`]*`|[^\]`])+)\]\(([^)\s]+)\)/g)];
  return links.map(([, text, target]) => ({ text, target }));
}

function pagesBehind(page: string): string[] {
  const files = linksOf(page).map(({ target }) => fileOf(page, target));
  return files.filter((file) => file.endsWith('.md') && existsSync(join(root, file)));
}

/** Links to other sites are looked at by form only: a test of ours shall not fail because of theirs. */
function problemOf(page: string, target: string): string | undefined {
  if (/^\w+:/.test(target)) {
    if (!URL.canParse(target)) return `${target}: is no address`;
    return target.startsWith('https://') ? undefined : `${target}: is not https`;
  }
  const file = fileOf(page, target);
  if (!existsSync(join(root, file))) return `${target}: there is no ${file}`;
  const [, anchor] = target.split('#');
  if (anchor === undefined || !file.endsWith('.md') || anchorsOf(file).includes(anchor)) return undefined;
  return `${target}: ${file} has no such heading`;
}

function fileOf(page: string, target: string): string {
  const [path] = target.split('#');
  return path === '' ? page : relative('.', normalize(join(dirname(page), path)));
}

/** Of each heading, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  const headings = [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
  const slugs = headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return slugs.map((slug, at) => {
    const earlier = slugs.slice(0, at).filter((other) => other === slug).length;
    return earlier === 0 ? slug : `${slug}-${earlier}`;
  });
}

/** A page without its blocks of code. */
function proseOf(page: string): string {
  return readFileSync(join(root, page), 'utf8').replace(/^(\s*)(```+|~~~+)[^]*?^\s*\2\s*$/gm, '');
}
