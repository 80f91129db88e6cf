import { ConfigurationError } from '../common/errors.js';
import { decodeRecord } from '../message/message-codec.js';
import type { MessageRecord } from '../message/message.js';
import type { FileSystem } from '../ports/file-system.js';
import { readStoreLayout } from './inspect.js';
import { scanLog } from './log-scanner.js';

const PORTION_BYTES = 1024 * 1024;

/** Which records dumpStore() prints. */
export interface DumpOptions {
  /** Physical offset of the first record. Default: the log's first. */
  from?: number;
  topic?: string;
  queueId?: number;
}

/**
 * The records of a store in the order of the log, up to its end or to the first damage.
 * @throws ConfigurationError there is no store, or no record begins at `from`
 */
export async function* dumpStore(
  fileSystem: FileSystem,
  directory: string,
  options: DumpOptions = {},
): AsyncGenerator<MessageRecord> {
  const { log, openFiles } = await readStoreLayout(fileSystem, directory);
  try {
    let offset = options.from ?? log.startOffset;
    for (;;) {
      const records: MessageRecord[] = [];
      const end = await scanLog(log, offset, offset + PORTION_BYTES, { checkCrc: false }, (bytes, position) => {
        const record = decodeRecord(bytes, position);
        records.push({ ...record, body: Buffer.from(record.body) }); // the chunk is used again
      });
      const isFirst = offset === options.from;
      if (isFirst && records.length === 0 && end.damage !== undefined) {
        throw new ConfigurationError('from', `no record begins at ${offset}: ${end.damage}`);
      }
      for (const record of records) if (isWanted(record, options)) yield record;
      if (end.offset === offset) return;
      offset = end.offset;
    }
  } finally {
    await openFiles.closeAll();
  }
}

function isWanted({ topic, queueId }: MessageRecord, options: DumpOptions): boolean {
  return (options.topic ?? topic) === topic && (options.queueId ?? queueId) === queueId;
}
