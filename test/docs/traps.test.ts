import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectTest, root, rowsOf } from './named-tests.js';

const tables = readFileSync(join(root, 'docs/traps.md'), 'utf8').split('\n## ').slice(1);

test.each(tables.flatMap(rowsOf))('%s: %s', (_trap, named) => expectTest(named));
