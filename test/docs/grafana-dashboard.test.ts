import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instruments } from '../../lib/metrics/instruments.js';
import { typeErrors } from './type-errors.js';

/* docs/grafana/dashboard.json against the schema that Grafana publishes: the types made from it. */

const text = readFileSync(join(__dirname, '../../docs/grafana/dashboard.json'), 'utf8');

/** Enumerations as the texts that stand in JSON, without methods. Queries and options belong to the kind of panel. */
const schema = `
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import type { Options } from '@grafana/grafana-foundation-sdk/timeseries';
type Plain<T> = T extends string ? \`\${T}\` : T extends number | boolean | undefined ? T
  : T extends readonly (infer Item)[] ? Plain<Item>[]
  : { [Key in keyof T as Key extends \`_\${string}\` ? never : Key]: Plain<T[Key]> };
type TimeseriesPanel = Omit<Plain<Panel>, 'targets' | 'options' | 'type'> &
  { type: 'timeseries'; targets: Plain<Dataquery>[]; options: Plain<Options> };
type File = Omit<Plain<Dashboard>, 'panels'> & { panels: TimeseriesPanel[] };
export const dashboard: File = `;

function problemsOf(json: string): string[] {
  const block = { page: 'docs/grafana/dashboard.json', line: 1, language: 'ts', code: schema + json, test: 'types' };
  return typeErrors([block]).get(block) ?? [];
}

test('the dashboard is what Grafana expects', () => {
  expect(problemsOf(text)).toEqual([]);
});

test('the check finds a property that there is not, and a value that is not possible', () => {
  expect(problemsOf(text.replace('"gridPos"', '"gridPosition"'))).toHaveLength(1);
  expect(problemsOf(text.replace('"mode": "multi"', '"mode": "many"')).join()).toContain('many');
});

test('it asks for metrics that there are', () => {
  const asked = new Set(text.match(/rocketmq_[a-z_]+(?=[[)])/g)?.map((name) => name.replace(/_bucket$/, '')));
  const there = Object.values(instruments).map(({ name }) => name);
  expect(there).toEqual(expect.arrayContaining([...asked]));
  expect([...asked].length).toBeGreaterThan(10);
});
