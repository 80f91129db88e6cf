import { printable } from '../output/printable.js';
import { ageText } from '../tx/tx-text.js';
import type { GroupSample, PendingSample, Sample, TopicSample } from './sample.js';

/** What the lines are sorted by; names decide between equals. */
export type SortKey = 'lag' | 'rate' | 'dead' | 'name';

export const sortKeys: Readonly<Record<string, SortKey>> = { l: 'lag', r: 'rate', d: 'dead', n: 'name' };

export interface View {
  readonly cluster: string;
  readonly sort: SortKey;
  readonly columns: number;
  /** Lines there are; undefined: as many as are needed. */
  readonly rows?: number;
  /** Below the headline: why there is nothing newer. */
  readonly problem?: string;
}

interface Column<Row> {
  readonly title: string;
  /** Undefined: shares what is left with the other names. */
  readonly width?: number;
  readonly text: (row: Row) => string;
}

const groupColumns: readonly Column<GroupSample>[] = [
  { title: 'GROUP', text: ({ group }) => group },
  { title: 'TOPIC', text: ({ topic }) => topic },
  { title: 'CLIENTS', width: 7, text: ({ clients }) => compact(clients) },
  { title: 'OUT/S', width: 6, text: ({ consumedPerSecond }) => compact(consumedPerSecond) },
  { title: 'LAG', width: 6, text: ({ lag }) => compact(lag) },
  { title: 'RETRY', width: 6, text: ({ retries }) => compact(retries) },
  { title: 'DEAD', width: 6, text: ({ deadLetters }) => compact(deadLetters) },
];

const transactionColumns: readonly Column<PendingSample>[] = [
  { title: 'PRODUCER GROUP', text: ({ producerGroup }) => producerGroup },
  { title: 'TOPIC', text: ({ topic }) => topic },
  { title: 'PENDING', width: 7, text: ({ count }) => compact(count) },
  { title: 'OLDEST', width: 8, text: ({ oldestMs }) => ageText(oldestMs) },
];

function topicColumns(pending: ReadonlyMap<string, number>): readonly Column<TopicSample>[] {
  return [
    { title: 'TOPIC', text: ({ topic }) => topic },
    { title: 'QUEUES', width: 6, text: ({ queues }) => compact(queues) },
    { title: 'STORED', width: 8, text: ({ stored }) => compact(stored) },
    { title: 'IN/S', width: 6, text: ({ sentPerSecond }) => compact(sentPerSecond) },
    { title: 'PENDING TX', width: 10, text: ({ topic }) => compact(pending.get(topic) ?? 0) },
  ];
}

/** The picture, line by line; none is longer than the columns, nor are there more than the rows. */
export function renderTop(sample: Sample, view: View): string[] {
  const pending = new Map<string, number>();
  for (const { topic, count } of sample.transactions) pending.set(topic, (pending.get(topic) ?? 0) + count);
  const head = [...headlines(sample, view), ''];
  const foot = ['', 'sort by: l lag, r rate, d dead letters, n name    q quit'];
  const transactions = [...sample.transactions];
  const fixed = head.length + foot.length + 2 + 1 + (transactions.length > 0 ? 2 : 0);
  const shares = shareLines(view.rows === undefined ? Infinity : Math.max(0, view.rows - fixed), [
    sample.groups.length,
    sample.topics.length,
    transactions.length,
  ]);
  const sections = [
    table(groupColumns, sortGroups(sample.groups, view.sort).slice(0, shares[0]), view.columns),
    table(topicColumns(pending), sortTopics(sample.topics, view.sort).slice(0, shares[1]), view.columns),
    ...(transactions.length > 0 ? [table(transactionColumns, transactions.slice(0, shares[2]), view.columns)] : []),
  ];
  const body = sections.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
  return [...head, ...body, ...foot].map((line) => cut(line, view.columns).trimEnd());
}

function headlines({ at, brokers, topics, groups, transactions, givenUpTransactions }: Sample, view: View): string[] {
  const time = new Date(at).toISOString().slice(11, 19);
  const incoming = total(topics, ({ sentPerSecond }) => sentPerSecond);
  const outgoing = total(groups, ({ consumedPerSecond }) => consumedPerSecond);
  const disk = Math.max(0, ...brokers.map(({ diskRatio }) => diskRatio ?? 0));
  const pending = total(transactions, ({ count }) => count);
  return [
    `rocketmq top  ${view.cluster}  ${time} UTC  by ${view.sort}`,
    [
      `brokers ${brokers.length}`,
      `in ${compact(incoming)}/s`,
      `out ${compact(outgoing)}/s`,
      `lag ${compact(total(groups, ({ lag }) => lag))}`,
      `disk ${Math.round(disk * 100)} %`,
      `tx pending ${pending}, given up ${givenUpTransactions}`,
    ].join('  '),
    ...(view.problem === undefined ? [] : [`! ${printable(view.problem)}`]),
  ];
}

function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const taken = columns.reduce((sum, column) => sum + (column.width ?? 0), columns.length - 1);
  const names = columns.filter((column) => column.width === undefined).length;
  const nameWidth = Math.max(8, Math.floor((width - taken) / names));
  const cell = (text: string, column: Column<Row>): string =>
    column.width === undefined ? cut(printable(text), nameWidth).padEnd(nameWidth) : text.padStart(column.width);
  return [
    columns.map((column) => cell(column.title, column)).join(' '),
    ...rows.map((row) => columns.map((column) => cell(column.text(row), column)).join(' ')),
  ];
}

/** Sections that need few lines leave theirs to the others. */
function shareLines(lines: number, needs: readonly number[]): number[] {
  const shares = needs.map(() => 0);
  let left = lines;
  while (left > 0) {
    const hungry = needs.flatMap((need, i) => (need > shares[i] ? [i] : []));
    if (hungry.length === 0) break;
    if (left === Infinity) return [...needs];
    for (const i of hungry) {
      if (left === 0) break;
      shares[i]++;
      left--;
    }
  }
  return shares;
}

function sortGroups(groups: readonly GroupSample[], key: SortKey): GroupSample[] {
  const weight = {
    lag: ({ lag }: GroupSample) => lag,
    rate: ({ consumedPerSecond }: GroupSample) => consumedPerSecond,
    dead: ({ deadLetters }: GroupSample) => deadLetters,
    name: () => 0,
  }[key];
  return [...groups].sort((a, b) => weight(b) - weight(a) || compare(a.group, b.group) || compare(a.topic, b.topic));
}

function sortTopics(topics: readonly TopicSample[], key: SortKey): TopicSample[] {
  const weight = key === 'name' ? () => 0 : ({ sentPerSecond }: TopicSample) => sentPerSecond;
  return [...topics].sort((a, b) => weight(b) - weight(a) || compare(a.topic, b.topic));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** At most five characters: `0`, `0.4`, `99999`, `123k`, `4.5M`. */
export function compact(value: number): string {
  if (value === 0) return '0';
  if (value < 10 && !Number.isInteger(value)) return value.toFixed(1);
  if (value < 99_999.5) return String(Math.round(value));
  if (value < 999_500) return `${Math.round(value / 1000)}k`;
  if (value < 9_950_000) return `${(value / 1e6).toFixed(1)}M`;
  if (value < 999_500_000) return `${Math.round(value / 1e6)}M`;
  return `${(value / 1e9).toFixed(1)}G`;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function total<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
