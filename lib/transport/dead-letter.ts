import type { ReceivedMessage } from '../engine/index.js';

/** Sends a message that its listener gave up to a topic of the application. Rejects when that is not stored. */
export type DeadLetterSender = (topic: string, message: ReceivedMessage) => Promise<void>;

/** Headers of a dead letter that say where it comes from. */
export const ORIGIN_TOPIC = 'originTopic';
export const ORIGIN_MESSAGE_ID = 'originMessageId';

/** Apache's default for concurrent consumers; orderly ones try for ever. */
const MAX_RECONSUME_TIMES = 16;

/** Whether a message that fails now is not delivered again. */
export function isLastDelivery(
  { reconsumeTimes }: Pick<ReceivedMessage, 'reconsumeTimes'>,
  group: { mode?: 'concurrent' | 'orderly'; model?: 'clustering' | 'broadcasting'; maxReconsumeTimes?: number },
): boolean {
  if (group.model === 'broadcasting') return true;
  const { maxReconsumeTimes = -1 } = group;
  const unlimited = group.mode === 'orderly' ? Number.POSITIVE_INFINITY : MAX_RECONSUME_TIMES;
  return reconsumeTimes >= (maxReconsumeTimes < 0 ? unlimited : maxReconsumeTimes);
}
