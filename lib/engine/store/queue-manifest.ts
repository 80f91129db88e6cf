import { dirname } from 'node:path';
import { crc32 } from '../common/crc32.js';
import type { FileSystem } from '../ports/file-system.js';
import type { Checkpoint } from './checkpoint.js';
import type { ConsumeQueueState } from './consume-queue.js';
import { readWhole, writeCrashSafe } from './crash-safe-file.js';
import type { IndexFileState } from './index-file.js';

/**
 * What is on the disk of the consume queues and the index at one moment: everything the commit log holds in front
 * of dispatchedOffset, and none is missing. With it a start needs not look into the queues'
 * files, and a recovery reads the log from dispatchedOffset on only. It is a text:
 *
 *   queue manifest 1
 *   start <physicalOffset> dispatched <physicalOffset> flushed <physicalOffset> checkpoint <physic> <logics> <index>
 *   index <name> <beginTimestamp> <endTimestamp> <beginPhyOffset> <endPhyOffset> <hashSlotCount> <indexCount>
 *   <topic> <queueId> <minOffset> <maxOffset> <maxPhysicalOffset>     (a line per queue; ` lost` behind it: see isLost)
 *   crc <CRC-32 of the lines above>
 *
 * It speaks for the checkpoint whose three times it repeats: with any other it is not used, so that
 * what Apache's broker has done to the directory meanwhile is not overlooked.
 */
export interface QueueManifest {
  /** First byte of the log. */
  startOffset: number;
  /** Records in front of it are in the queues, on the disk. */
  dispatchedOffset: number;
  /** The log in front of it is on the disk. */
  flushedOffset: number;
  queues: readonly QueueManifestEntry[];
  /** The index file that takes entries, as far as it is on the disk; null: none yet, undefined: no index is kept. */
  index?: IndexFileState | null;
}

export interface QueueManifestEntry extends ConsumeQueueState {
  topic: string;
  queueId: number;
  /** Its files are being rebuilt: what there is of them can't be trusted. */
  isLost?: boolean;
}

const NO_INDEX = 'no index';
const TITLE = 'queue manifest 1';

export async function writeQueueManifest(
  fileSystem: FileSystem,
  path: string,
  manifest: QueueManifest,
  checkpoint: Checkpoint,
): Promise<void> {
  const lines = [TITLE, headLine(manifest, checkpoint), indexLine(manifest.index)];
  for (const { topic, queueId, minOffset, maxOffset, maxPhysicalOffset, isLost } of manifest.queues) {
    lines.push(`${topic} ${queueId} ${minOffset} ${maxOffset} ${maxPhysicalOffset}${isLost ? ' lost' : ''}`);
  }
  const text = `${lines.join('\n')}\n`;
  await writeCrashSafe(fileSystem, path, Buffer.from(`${text}crc ${crc32(Buffer.from(text))}\n`));
}

/**
 * Undefined when there is none that speaks for `checkpoint`. When it is the previous one that does
 * (a crash came between the two files), it takes its place again, so that the next crash finds it.
 */
export async function readQueueManifest(
  fileSystem: FileSystem,
  path: string,
  checkpoint: Checkpoint,
  options: { readOnly?: boolean } = {},
): Promise<QueueManifest | undefined> {
  for (const name of [path, `${path}.bak`]) {
    const content = await readWhole(fileSystem, name);
    const manifest = content && parse(content.toString('utf8'), checkpoint);
    if (!manifest) continue;
    if (name !== path && !options.readOnly) {
      await fileSystem.rename(name, path);
      await fileSystem.syncDirectory(dirname(path));
    }
    return manifest;
  }
  return undefined;
}

function headLine({ startOffset, dispatchedOffset, flushedOffset }: QueueManifest, checkpoint: Checkpoint): string {
  const { physicMsgTimestamp, logicsMsgTimestamp, indexMsgTimestamp } = checkpoint;
  const times = `${physicMsgTimestamp} ${logicsMsgTimestamp} ${indexMsgTimestamp}`;
  return `start ${startOffset} dispatched ${dispatchedOffset} flushed ${flushedOffset} checkpoint ${times}`;
}

function parse(text: string, checkpoint: Checkpoint): QueueManifest | undefined {
  const crcAt = text.lastIndexOf('crc ');
  if (crcAt < 0 || text.slice(crcAt) !== `crc ${crc32(Buffer.from(text.slice(0, crcAt)))}\n`) return undefined;
  const [title, head, index, ...lines] = text.slice(0, crcAt).trimEnd().split('\n');
  const offsets = /^start (\d+) dispatched (\d+) flushed (\d+) /.exec(head ?? '');
  if (title !== TITLE || !offsets) return undefined;
  const [startOffset, dispatchedOffset, flushedOffset] = offsets.slice(1).map(Number);
  const queues = lines.map(entry);
  const manifest = { startOffset, dispatchedOffset, flushedOffset, queues, index: indexState(index ?? '') };
  return headLine(manifest, checkpoint) === head ? manifest : undefined;
}

function indexLine(index: IndexFileState | null | undefined): string {
  if (!index) return index === null ? 'index' : NO_INDEX;
  const { beginTimestamp, endTimestamp, beginPhyOffset, endPhyOffset, hashSlotCount, indexCount } = index.header;
  return `index ${index.name} ${beginTimestamp} ${endTimestamp} ${beginPhyOffset} ${endPhyOffset} ${hashSlotCount} ${indexCount}`;
}

function indexState(line: string): IndexFileState | null | undefined {
  if (line === NO_INDEX) return undefined;
  const [, name, ...numbers] = line.split(' ');
  if (name === undefined) return null;
  const [beginTimestamp, endTimestamp, beginPhyOffset, endPhyOffset, hashSlotCount, indexCount] = numbers.map(Number);
  return { name, header: { beginTimestamp, endTimestamp, beginPhyOffset, endPhyOffset, hashSlotCount, indexCount } };
}

function entry(line: string): QueueManifestEntry {
  const [topic, queueId, minOffset, maxOffset, maxPhysicalOffset, lost] = line.split(' ');
  return {
    topic,
    queueId: Number(queueId),
    minOffset: Number(minOffset),
    maxOffset: Number(maxOffset),
    maxPhysicalOffset: Number(maxPhysicalOffset),
    isLost: lost === 'lost',
  };
}
