import { crc32 } from '../common/crc32.js';
import type { FileSystem } from '../ports/file-system.js';
import type { Checkpoint } from './checkpoint.js';
import type { ConsumeQueueState } from './consume-queue.js';
import { readCrashSafe, writeCrashSafe } from './crash-safe-file.js';

/**
 * What is on the disk of all consume queues at one moment: everything the commit log holds in front
 * of dispatchedOffset, and no queue is missing. With it a start needs not look into the queues'
 * files, and a recovery reads the log from dispatchedOffset on only. It is a text:
 *
 *   queue manifest 1
 *   start <physicalOffset> dispatched <physicalOffset> flushed <physicalOffset> checkpoint <physic> <logics> <index>
 *   <topic> <queueId> <minOffset> <maxOffset> <maxPhysicalOffset>     (a line per queue)
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
}

export interface QueueManifestEntry extends ConsumeQueueState {
  topic: string;
  queueId: number;
}

const TITLE = 'queue manifest 1';

export async function writeQueueManifest(
  fileSystem: FileSystem,
  path: string,
  manifest: QueueManifest,
  checkpoint: Checkpoint,
): Promise<void> {
  const lines = [TITLE, headLine(manifest, checkpoint)];
  for (const { topic, queueId, minOffset, maxOffset, maxPhysicalOffset } of manifest.queues) {
    lines.push(`${topic} ${queueId} ${minOffset} ${maxOffset} ${maxPhysicalOffset}`);
  }
  const text = `${lines.join('\n')}\n`;
  await writeCrashSafe(fileSystem, path, Buffer.from(`${text}crc ${crc32(Buffer.from(text))}\n`));
}

/** Undefined when there is none that speaks for `checkpoint`. */
export async function readQueueManifest(
  fileSystem: FileSystem,
  path: string,
  checkpoint: Checkpoint,
): Promise<QueueManifest | undefined> {
  let manifest: QueueManifest | undefined;
  await readCrashSafe(fileSystem, path, (content) => {
    manifest = parse(content.toString('utf8'), checkpoint);
    return manifest !== undefined;
  });
  return manifest;
}

function headLine({ startOffset, dispatchedOffset, flushedOffset }: QueueManifest, checkpoint: Checkpoint): string {
  const { physicMsgTimestamp, logicsMsgTimestamp, indexMsgTimestamp } = checkpoint;
  const times = `${physicMsgTimestamp} ${logicsMsgTimestamp} ${indexMsgTimestamp}`;
  return `start ${startOffset} dispatched ${dispatchedOffset} flushed ${flushedOffset} checkpoint ${times}`;
}

function parse(text: string, checkpoint: Checkpoint): QueueManifest | undefined {
  const crcAt = text.lastIndexOf('crc ');
  if (crcAt < 0 || text.slice(crcAt) !== `crc ${crc32(Buffer.from(text.slice(0, crcAt)))}\n`) return undefined;
  const [title, head, ...lines] = text.slice(0, crcAt).trimEnd().split('\n');
  const offsets = /^start (\d+) dispatched (\d+) flushed (\d+) /.exec(head ?? '');
  if (title !== TITLE || !offsets) return undefined;
  const [startOffset, dispatchedOffset, flushedOffset] = offsets.slice(1).map(Number);
  const manifest = { startOffset, dispatchedOffset, flushedOffset, queues: lines.map(entry) };
  return headLine(manifest, checkpoint) === head ? manifest : undefined;
}

function entry(line: string): QueueManifestEntry {
  const [topic, queueId, minOffset, maxOffset, maxPhysicalOffset] = line.split(' ');
  return {
    topic,
    queueId: Number(queueId),
    minOffset: Number(minOffset),
    maxOffset: Number(maxOffset),
    maxPhysicalOffset: Number(maxPhysicalOffset),
  };
}
