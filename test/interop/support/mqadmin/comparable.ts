import { TOPIC, type Side } from './side.js';
import type { Step } from './steps.js';

/** What was printed, without what belongs to this one run. */
export function comparable(printed: string, { cluster, directory }: Side, { blur, unordered }: Step): string {
  let text = printed
    .replaceAll(cluster.brokerAddress, '<broker>')
    .replaceAll(cluster.nameServerAddresses, '<name server>')
    .replaceAll(directory, '<directory>');
  if (blur) text = text.replaceAll(blur, ' <varies>');
  text = text
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(,\d+)?/g, '<time>')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>')
    .replaceAll(/\b\d{13}\b/g, '<milliseconds>')
    .replaceAll(/\b[0-9A-F]{32}\b/g, '<id>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '<client>')
    .replaceAll(/probe-127-0-0-1-\d+/g, '<instance>')
    .replaceAll(/ {2,}/g, ' '.repeat(2))
    .trim();
  text = text
    // Apache also names a group after the topic: ConsumerManager#registerConsumer puts the topic into its set of groups.
    .replaceAll(new RegExp(`MessageTrack \\[consumerGroup=${TOPIC},[^\\]]*\\]`, 'g'), '')
    // Both depend on whether a pull of the retry topic has been answered: only then has it an offset, to be cloned too.
    .replaceAll(/^%RETRY%.* (N\/A|-) *\n/gm, '')
    .replaceAll(/^%RETRY%g_adm +(g_many_1|g_own) .*\n/gm, '')
    .replaceAll(new RegExp(`^${TOPIC} +(${TOPIC} .*|NOT_ONLINE)\\n`, 'gm'), '')
    .replaceAll(`${TOPIC},g_`, 'g_')
    .trim();
  return unordered ? text.split('\n').sort().join('\n') : text;
}

/** Names and kinds in what a program gets, without values: an answer in JSON, or several, one a line. */
export function shapeOfJson(printed: string, side: Side): string {
  const isOne = /^[[{]\n|^(\[\]|\{\})$/.test(printed);
  const values: unknown[] = isOne
    ? [JSON.parse(printed)]
    : printed
        .split('\n')
        .filter(Boolean)
        .map((line): unknown => JSON.parse(line));
  const shape = JSON.stringify(shapeOf(values), undefined, 1);
  return shape
    .replaceAll(side.cluster.brokerAddress, '<broker>')
    .replaceAll(side.cluster.nameServerAddresses, '<name server>')
    .replaceAll(/(?<=commitLogDiskRatio_).*(?=":)/g, '<directory>');
}

/** The elements of a list have one shape, or several. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Set(value.map((item) => JSON.stringify(shapeOf(item))))].sort();
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, item]) => [name, shapeOf(item)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
