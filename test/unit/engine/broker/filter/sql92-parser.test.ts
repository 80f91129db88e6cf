import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(__dirname, '../../../../../lib/engine/broker/filter');

it('is generated from the grammar as it is: run node scripts/generate-sql92.mjs', () => {
  const grammar = readFileSync(join(folder, 'sql92.peggy'), 'utf8');
  const generated = readFileSync(join(folder, 'sql92-parser.ts'), 'utf8');
  expect(generated.slice(0, 500)).toContain(createHash('sha256').update(grammar).digest('hex'));
});
