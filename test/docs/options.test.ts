import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { pages } from '../support/doc-blocks.js';

/*
 * A table of options stands below the comment `<!-- options: FILE INTERFACE -->`; its first column has every property
 * of that interface, and no other. A property may lead to a page of its own: `engine.type` counts as `engine`.
 */
const root = join(__dirname, '../..');

interface OptionsTable {
  readonly page: string;
  readonly file: string;
  readonly name: string;
  readonly listed: readonly string[];
}

const tables = pages().flatMap(tablesOf);

test('there are such tables', () => {
  expect(tables.length).toBeGreaterThan(3);
});

test.each(tables)('$page has every option of $name', ({ file, name, listed }) => {
  expect([...listed].sort()).toEqual(propertiesOf(file, name).sort());
});

function tablesOf(page: string): OptionsTable[] {
  const text = readFileSync(join(root, page), 'utf8');
  const found = text.matchAll(/^<!-- options: (\S+) (\w+) -->\n\n((?:\|.*\n)+)/gm);
  return [...found].map(([, file, name, table]) => ({ page, file, name, listed: firstColumn(table) }));
}

/** Names in code marks; several may share a row. */
function firstColumn(table: string): string[] {
  const rows = table.split('\n').slice(2);
  return [
    ...new Set(rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)/g)].map(([, name]) => name))),
  ];
}

/** Own and inherited ones, as far as they are declared in that file. */
function propertiesOf(file: string, name: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const declaration = source.statements.filter(ts.isInterfaceDeclaration).find((one) => one.name.text === name);
  if (declaration === undefined) throw new Error(`${file} has no interface ${name}`);
  return declaration.members.map((member) => (member.name as ts.Identifier).text);
}
