import { NodeClock } from '../platform/node-clock.js';
import { NodeFileSystem } from '../platform/node-file-system.js';
import type { MessageRecord } from '../message/message.js';
import { silentLogger } from '../ports/logger.js';
import { dumpStore as dump, type DumpOptions } from '../store/dump.js';
import { repairStore as repair, type RepairReport } from '../store/repair.js';
import { verifyStore as verify, type StoreReport, type VerifyOptions } from '../store/verify.js';

/** See store/verify.ts. */
export function verifyStore(directory: string, options?: VerifyOptions): Promise<StoreReport> {
  return verify(new NodeFileSystem(), directory, options);
}

/** See store/dump.ts. */
export function dumpStore(directory: string, options?: DumpOptions): AsyncGenerator<MessageRecord> {
  return dump(new NodeFileSystem(), directory, options);
}

/** See store/repair.ts. */
export function repairStore(directory: string, options?: VerifyOptions): Promise<RepairReport> {
  return repair({ fileSystem: new NodeFileSystem(), clock: new NodeClock(), logger: silentLogger }, directory, options);
}
