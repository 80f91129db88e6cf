import { printable } from './printable.js';

/** Numbers stand at the right of their column; undefined is shown as `-`. */
export type Cell = string | number | boolean | undefined;

const GAP = '  ';

/** Columns as wide as their widest cell; a line for the titles, then one for each row. */
export function renderTable(titles: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [titles, ...rows.map((row) => row.map(cellText))];
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const isNumeric = titles.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  return lines
    .map((line) =>
      line
        .map((text, i) => (isNumeric[i] ? text.padStart(widths[i]) : text.padEnd(widths[i])))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

/** A name and its value a line, the values below each other. */
export function renderFields(fields: readonly (readonly [name: string, value: Cell])[]): string {
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${name.padEnd(width)}${GAP}${cellText(value)}`.trimEnd()).join('\n');
}

function cellText(cell: Cell): string {
  if (cell === undefined || cell === '') return '-';
  return typeof cell === 'string' ? printable(cell) : String(cell);
}
