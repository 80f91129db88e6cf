import { printable } from '../output/printable.js';
import type { StoredMessage, StoreProblem, StoreReport } from '../../engine/index.js';

const BODY_PREVIEW = 60;

/** What a person reads of a report. */
export function reportAsText(report: StoreReport): string {
  const { commitLog, consumeQueues, index, problems, problemCount, errorCount } = report;
  const lines = [
    `${report.directory}: ${report.wasStoppedCleanly ? 'stopped cleanly' : 'not stopped cleanly (abort is there)'}`,
    `commit log      ${count(commitLog.records, 'record')} from ${number(commitLog.startOffset)} to ${number(commitLog.endOffset)} in ${count(commitLog.files, 'file')} of ${number(commitLog.fileSize)} bytes`,
    `consume queues  ${count(consumeQueues.entries, 'entry', 'entries')} in ${count(consumeQueues.queues, 'queue')}`,
    `index           ${count(index.entries, 'entry', 'entries')} in ${count(index.files, 'file')}`,
    ...problems.map(problemAsLine),
  ];
  if (problemCount > problems.length) lines.push(`… and ${number(problemCount - problems.length)} more`);
  if (problemCount === 0) lines.push('No problem was found.');
  else lines.push(`${count(errorCount, 'error')}, ${count(problemCount - errorCount, 'warning')}`);
  return lines.join('\n');
}

/** One line: place in the log, size, place in the queue, time, tag, keys, the body's beginning. */
export function recordAsLine(record: StoredMessage): string {
  const { physicalOffset, totalSize, topic, queueId, queueOffset, storeTimestamp, properties, body } = record;
  const time = new Date(storeTimestamp).toISOString();
  const tags = properties.get('TAGS') ?? '-';
  const keys = properties.get('KEYS') ?? '-';
  return printable(
    `${physicalOffset} ${totalSize} ${topic}/${queueId}@${queueOffset} ${time} ${tags} ${keys} ${preview(body)}`,
  );
}

export function recordAsJson(record: StoredMessage): string {
  const { body, properties, ...fields } = record;
  return JSON.stringify({ ...fields, properties: Object.fromEntries(properties), body: body.toString('base64') });
}

function problemAsLine({ severity, file, position, what }: StoreProblem): string {
  return `${severity.padEnd(7)} ${file}${position === undefined ? '' : ` at byte ${number(position)}`}: ${what}`;
}

function preview(body: Buffer): string {
  return body.subarray(0, BODY_PREVIEW).toString('utf8') + (body.length > BODY_PREVIEW ? '…' : '');
}

function number(value: number): string {
  return value.toLocaleString('en');
}

function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}
