import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FilterSyntaxError } from '../../../../../lib/engine/broker/filter/filter-syntax-error.js';
import { compileSql92 } from '../../../../../lib/engine/broker/filter/sql92.js';

type Verdict = 'match' | 'no match' | 'error';
interface Verdicts {
  cases: [Verdict, expression: string, properties: string][];
}

function verdictOf(expression: string, properties: ReadonlyMap<string, string>): Verdict {
  try {
    return compileSql92(expression)(properties) ? 'match' : 'no match';
  } catch (error) {
    if (error instanceof FilterSyntaxError) return 'error';
    throw error;
  }
}

function propertiesOf(text: string): Map<string, string> {
  const pairs = text === '' ? [] : text.split(';').map((pair) => pair.split('=') as [string, string]);
  return new Map(pairs);
}

it('judges 2,100 expressions as Apache does', () => {
  const path = join(__dirname, '../../../../fixtures/sql92-verdicts.json');
  const { cases } = JSON.parse(readFileSync(path, 'utf8')) as Verdicts;
  const differing = cases.filter(
    ([verdict, text, properties]) => verdictOf(text, propertiesOf(properties)) !== verdict,
  );
  expect(differing).toEqual([]);
  expect(cases).toHaveLength(2100);
});

const message = new Map(
  Object.entries({ price: '12', name: "it's", region: 'eu', flag: 'true', big: '9223372036854775807' }),
);

it.each([
  ["price > 10 AND region = 'eu'", 'match'],
  ['price BETWEEN 12 AND 13', 'match'],
  ['price NOT BETWEEN 12 AND 13', 'no match'],
  ["name = 'it''s'", 'match'],
  ["region IN ('us', 'eu')", 'match'],
  ["region NOT IN ('us', 'eu')", 'no match'],
  ['missing IS NULL', 'match'],
  ['missing IS NOT NULL', 'no match'],
  ['missing > 1', 'no match'],
  ['NOT (missing > 1)', 'no match'],
  ['missing > 1 OR price = 12', 'match'],
  ["name CONTAINS 't'''", 'match'],
  ["missing NOT CONTAINS 'x'", 'no match'],
  ['flag = TRUE', 'match'],
  ['flag', 'no match'],
  ['big = 9223372036854775807', 'match'],
  ['big > 9223372036854775806', 'match'],
  ['price > 1.5e1', 'no match'],
  ['/* why */ price > 10 -- because', 'match'],
  ['region > 1', 'no match'],
  ["price > '10'", 'error'],
  ['price = NULL', 'error'],
  ['price > 0.0', 'error'],
  ['price BETWEEN 2 AND 1', 'error'],
  ['price IN (1, 2)', 'error'],
  ["'a' IN ('a')", 'error'],
  ['12', 'error'],
  ['price > 1 price', 'error'],
  ['price LIKE 1', 'error'],
  ["price = 'open", 'error'],
  ['', 'error'],
] as const)('%s: %s', (expression, verdict) => {
  expect(verdictOf(expression, message)).toBe(verdict);
});

describe('an expression without bounds', () => {
  it.each([
    ['too long', `a = '${'x'.repeat(9000)}'`, 'at most 8192'],
    ['too deep', `${'('.repeat(65)}a = 1${')'.repeat(65)}`, 'nested deeper than 64'],
    ['a long list', `a IN (${Array.from({ length: 1025 }, () => "'x'").join(',')})`, 'at most 1024'],
  ])('is refused: %s', (_what, expression, message) => {
    expect(() => compileSql92(expression)).toThrow(message);
  });

  it('may be long and flat', () => {
    const chain = Array.from({ length: 600 }, (_, index) => `a = ${index}`).join(' OR ');
    expect(verdictOf(chain, new Map([['a', '599']]))).toBe('match');
    expect(verdictOf(`${'NOT '.repeat(2000)}(a = 1)`, new Map([['a', '1']]))).toBe('match');
    expect(verdictOf(`a = ${'- '.repeat(4000)}1`, new Map([['a', '1']]))).toBe('match');
  });
});

it('says where it stopped understanding', () => {
  expect(() => compileSql92('price >> 1')).toThrow(/^Invalid MessageSelector\. .* \(at character 8\)$/);
});
