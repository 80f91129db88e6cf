import { stampRecord } from '../../lib/engine/message/message-codec.js';
import { encodeRecord } from '../../lib/engine/message/record-writer.js';
import { messageQueueKey } from '../../lib/engine/message/message-queue.js';
import { decodeProperties } from '../../lib/engine/message/properties-codec.js';
import { PropertyName } from '../../lib/engine/message/property-names.js';
import { tagsCode } from '../../lib/engine/message/tags.js';
import type { Clock } from '../../lib/engine/ports/clock.js';
import type { ExtFields } from '../../lib/engine/protocol/remoting-command.js';

export const STORE_HOST = { host: '10.0.0.1', port: 10911 };
const BORN_HOST = { host: '10.0.0.9', port: 40000 };

/** A queue of this broker. */
export interface Place {
  readonly topic: string;
  readonly queueId: number;
}

export interface RecordOptions {
  sysFlag?: number;
  flag?: number;
  bornTimestamp?: number;
  reconsumeTimes?: number;
}

interface ScriptedRecord {
  readonly record: Buffer;
  readonly tagsCode: number;
}

/** What a scripted broker has stored. */
export class ScriptedQueues {
  /** Offset of a queue's first message that is still there. */
  readonly minOffsets = new Map<string, number>();
  /** By queue. */
  readonly records = new Map<string, ScriptedRecord[]>();
  private readonly byPhysicalOffset = new Map<number, { topic: string; record: Buffer }>();
  private nextPhysicalOffset = 1000;

  constructor(
    private readonly clock: Clock,
    private readonly brokerName: string,
  ) {}

  /** @returns the physical offset */
  append(place: Place, body: Buffer, properties: string, options: RecordOptions = {}): number {
    const { topic, queueId } = place;
    const stored = this.of(place);
    const decoded = decodeProperties(properties);
    const record = encodeRecord({
      topic,
      queueId,
      body,
      properties: decoded,
      flag: options.flag ?? 0,
      sysFlag: options.sysFlag ?? 0,
      bornTimestamp: options.bornTimestamp ?? this.clock.now(),
      bornHost: BORN_HOST,
      storeHost: STORE_HOST,
      reconsumeTimes: options.reconsumeTimes ?? 0,
      preparedTransactionOffset: 0,
    });
    const physicalOffset = this.nextPhysicalOffset;
    this.nextPhysicalOffset += record.length;
    stampRecord(record, { queueOffset: stored.length, physicalOffset, storeTimestamp: this.clock.now() });
    stored.push({ record, tagsCode: tagsCode(decoded.get(PropertyName.tags)) });
    this.byPhysicalOffset.set(physicalOffset, { topic, record });
    return physicalOffset;
  }

  of(place: Place): ScriptedRecord[] {
    const key = this.keyOf(place);
    let records = this.records.get(key);
    if (!records) this.records.set(key, (records = []));
    return records;
  }

  at(physicalOffset: number): { topic: string; record: Buffer } | undefined {
    return this.byPhysicalOffset.get(physicalOffset);
  }

  minOffset(place: Place): number {
    return this.minOffsets.get(this.keyOf(place)) ?? 0;
  }

  /** What the answer to a pull says of a queue. */
  bounds(place: Place, nextBeginOffset: number): ExtFields {
    return {
      suggestWhichBrokerId: '0',
      nextBeginOffset: String(nextBeginOffset),
      minOffset: String(this.minOffset(place)),
      maxOffset: String(this.of(place).length),
    };
  }

  keyOf({ topic, queueId }: Place): string {
    return messageQueueKey({ topic, brokerName: this.brokerName, queueId });
  }
}
