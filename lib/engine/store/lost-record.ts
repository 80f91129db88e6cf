import { encodeRecord } from '../message/record-writer.js';
import { stampRecord } from '../message/message-codec.js';
import { SystemFlag, transactionType } from '../message/system-flag.js';
import type { DispatchRequest } from './dispatch-request.js';

/** The shortest name, so that it fits wherever a record was. */
const LOST_TOPIC = 'X';
const LOST_TIMESTAMP = 1;
const NOWHERE = { host: '0.0.0.0', port: 0 };

const template = {
  topic: LOST_TOPIC,
  queueId: 0,
  flag: 0,
  sysFlag: SystemFlag.transactionRollback,
  bornTimestamp: LOST_TIMESTAMP,
  bornHost: NOWHERE,
  storeHost: NOWHERE,
  reconsumeTimes: 0,
  preparedTransactionOffset: 0,
  properties: new Map<string, string>(),
};

export const SMALLEST_LOST_RECORD = encodeRecord({ ...template, body: Buffer.alloc(0) }).length;

/**
 * What repair puts where records were lost: a record of the size of the gap that both brokers pass
 * over, since it is rolled back and so in no queue.
 */
export function lostRecord(physicalOffset: number, size: number): Buffer {
  const record = encodeRecord({ ...template, body: Buffer.alloc(size - SMALLEST_LOST_RECORD) });
  stampRecord(record, { queueOffset: 0, physicalOffset, storeTimestamp: LOST_TIMESTAMP });
  return record;
}

export function isLostRecord({ topic, sysFlag, storeTimestamp }: DispatchRequest): boolean {
  const isRolledBack = transactionType(sysFlag) === SystemFlag.transactionRollback;
  return topic === LOST_TOPIC && isRolledBack && storeTimestamp === LOST_TIMESTAMP;
}
