import { ProtocolError } from '../common/errors.js';
import { decodeRecord } from '../message/message-codec.js';
import type { MessageRecord } from '../message/message.js';
import { PropertyName } from '../message/property-names.js';
import { SystemTopic } from '../message/topic-names.js';
import type { MessageStore } from '../store/message-store.js';

/** The record that starts at `physicalOffset`; undefined when none does. Clients choose the offset, so it may be any. */
export async function lookUpRecord(store: MessageStore, physicalOffset: number): Promise<MessageRecord | undefined> {
  if (physicalOffset < store.minPhysicalOffset() || physicalOffset >= store.maxPhysicalOffset()) return undefined;
  const bytes = await store.getByPhysicalOffset(physicalOffset);
  if (bytes === undefined) return undefined;
  try {
    const record = decodeRecord(bytes);
    return record.physicalOffset === physicalOffset ? record : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined; // an offset in the middle of a record
    throw error;
  }
}

/** Topics in which messages wait for another one, which the broker has noted. */
const WAITING: ReadonlySet<string> = new Set([
  SystemTopic.half,
  SystemTopic.schedule,
  SystemTopic.wheelTimer,
  SystemTopic.checkMaxTime,
]);

/** Whose message a record is: its topic, or the one it waits for. */
export function destinationOf({ topic, properties }: MessageRecord): string {
  return WAITING.has(topic) ? (properties.get(PropertyName.realTopic) ?? topic) : topic;
}
