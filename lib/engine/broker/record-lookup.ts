import { ProtocolError } from '../common/errors.js';
import { decodeRecord } from '../message/message-codec.js';
import type { MessageRecord } from '../message/message.js';
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
