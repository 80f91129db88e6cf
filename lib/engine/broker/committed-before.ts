import { decodeRecord } from '../message/message-codec.js';
import type { MessageRecord } from '../message/message.js';
import { PropertyName } from '../message/property-names.js';
import { SystemFlag, transactionType } from '../message/system-flag.js';
import { transactionKey } from '../message/transaction-records.js';
import type { MessageStore } from '../store/message-store.js';
import { realQueueOf } from './half-message.js';

/** What a query by unique id looks at; a transaction that Apache's broker delivered twice has two. */
const MOST_COPIES = 32;

/**
 * Finds out, after a start, which transactions an earlier run has committed already. An outcome that
 * was not confirmed is noted some seconds later only, but the message is in the log, and the index
 * knows it by its unique id. So a kill has no committed transaction asked about or delivered again.
 */
export class CommittedBefore {
  private readonly logEnd: number;

  /** To be made at the start of a run. */
  constructor(private readonly store: Pick<MessageStore, 'query' | 'maxPhysicalOffset'>) {
    this.logEnd = store.maxPhysicalOffset();
  }

  async has(half: MessageRecord): Promise<boolean> {
    const uniqKey = half.properties.get(PropertyName.uniqKey);
    const real = realQueueOf(half);
    if (uniqKey === undefined || real === undefined || half.physicalOffset >= this.logEnd) return false;
    const { records } = await this.store.query(real.topic, uniqKey, MOST_COPIES, 0, Number.MAX_SAFE_INTEGER);
    return records
      .map((bytes) => decodeRecord(bytes))
      .some(
        (record) =>
          transactionType(record.sysFlag) === SystemFlag.transactionCommit &&
          transactionKey(record) === transactionKey(half),
      );
  }
}
