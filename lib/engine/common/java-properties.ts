import { ConfigurationError } from './errors.js';

export interface Property {
  readonly name: string;
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
}

const WHITE = ' \t\f';
const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/**
 * Reads a .properties file as Java does: names end at `=`, `:` or white space, `#` and `!` begin a
 * comment at the beginning of a line, a backslash at the end of a line joins the next one, `\uXXXX`
 * is a character. Unlike Java, white space at the end of a value is dropped, since nobody means it.
 * @throws ConfigurationError a line that has a name only, or a broken \uXXXX
 */
export function parseJavaProperties(text: string): Property[] {
  const properties: Property[] = [];
  const lines = text.split(/\r\n|\n|\r/);
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    let content = withoutMargin(lines[index]);
    if (content === '' || content.startsWith('#') || content.startsWith('!')) continue;
    while (isContinued(content)) {
      content = content.slice(0, -1) + (++index < lines.length ? withoutMargin(lines[index]) : '');
    }
    properties.push(propertyOf(content, line));
  }
  return properties;
}

function withoutMargin(line: string): string {
  let start = 0;
  while (start < line.length && WHITE.includes(line[start])) start++;
  return line.slice(start);
}

/** An odd number of backslashes at the end: the last of them is not escaped itself. */
function isContinued(line: string): boolean {
  const [backslashes] = /\\*$/.exec(line) ?? [''];
  return backslashes.length % 2 === 1;
}

function propertyOf(content: string, line: number): Property {
  const [, name = '', separator, value = ''] =
    /^((?:\\.|[^\\=: \t\f])*)([ \t\f]*[=: \t\f][ \t\f]*)(.*)$/s.exec(content) ?? [];
  if (name === '' || separator === undefined) {
    throw new ConfigurationError(`line ${line}`, `'${content.slice(0, 60)}' is not of the form name = value`);
  }
  return { name: unescaped(name, line), value: unescaped(value, line).trim(), line };
}

function unescaped(text: string, line: number): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, escape: string) => {
    if (escape === 'u') throw new ConfigurationError(`line ${line}`, '\\u is not followed by four hexadecimal digits');
    if (escape.length === 5) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return ESCAPES[escape] ?? escape;
  });
}
