import { PropertyName } from './property-names.js';

/** What half and op messages say of transactions. Source: Apache 5.3 TransactionalMessageUtil. */
export interface TransactionRecord {
  readonly properties: ReadonlyMap<string, string>;
  readonly physicalOffset: number;
  readonly body: Buffer;
}

/** Tag and separator of op messages: each lists the queue offsets of half messages that are decided, `12,13,`. */
export const DONE_TAG = 'd';
export const DONE_SEPARATOR = ',';

/** Half offsets an op message lists. */
export function decidedOffsets({ body, properties }: Omit<TransactionRecord, 'physicalOffset'>): number[] {
  if (properties.get(PropertyName.tags) !== DONE_TAG) return [];
  const offsets = body
    .toString()
    .split(DONE_SEPARATOR)
    .filter((text) => text !== '')
    .map(Number);
  return offsets.filter((offset) => Number.isSafeInteger(offset) && offset >= 0);
}

/** The same for a half message and its copies. */
export function transactionKey({ properties, physicalOffset }: Omit<TransactionRecord, 'body'>): string {
  const group = properties.get(PropertyName.producerGroup) ?? '';
  return `${group}@${properties.get(PropertyName.uniqKey) ?? physicalOffset}`;
}

/** How often its producer was asked. */
export function checkTimesOf({ properties }: Pick<TransactionRecord, 'properties'>): number {
  const times = Number(properties.get(PropertyName.transactionCheckTimes) ?? 0);
  return Number.isInteger(times) && times > 0 ? times : 0;
}
