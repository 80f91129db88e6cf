import { transformSync } from '@swc/core';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '../..');
const trees = ['lib/engine', 'lib/testing', 'test/support'];

/** A place in a source and what to put there instead. */
export interface SourceChange {
  /** From the repository's root. */
  file: string;
  search: string;
  replacement: string;
}

export interface CompiledSources {
  /** Where a source's JavaScript is. */
  pathOf(source: string): string;
  remove(): void;
}

/**
 * The engine and the helpers of its tests as plain JavaScript in a directory of their own, for
 * processes that start many times or run with a fault in them.
 * @throws when what is to be changed isn't there, once
 */
export function compileSources(change?: SourceChange): CompiledSources {
  const directory = mkdtempSync(join(tmpdir(), 'nestjs-rocketmq-compiled-'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  for (const tree of trees) {
    for (const name of readdirSync(join(root, tree), { recursive: true, encoding: 'utf8' })) {
      if (name.endsWith('.ts')) compile(directory, `${tree}/${name}`, change);
    }
  }
  return {
    pathOf: (source) => join(directory, source.replace(/\.ts$/, '.js')),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function compile(directory: string, source: string, change: SourceChange | undefined): void {
  let text = readFileSync(join(root, source), 'utf8');
  if (change?.file === source) {
    if (text.split(change.search).length !== 2) throw new Error(`${source} does not hold once: ${change.search}`);
    text = text.replace(change.search, () => change.replacement);
  }
  const { code } = transformSync(text, {
    swcrc: false,
    module: { type: 'es6' },
    jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true }, transform: { legacyDecorator: true } },
  });
  const target = join(directory, source.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, code);
}
