import type { MessageQueue } from '../../message/message-queue.js';

/**
 * All four mean that the message is stored; the last three that a promise of the configuration
 * (flush, replica) was not confirmed in time. Source: Apache 5.3 SendStatus.
 */
export type SendStatus = 'SEND_OK' | 'FLUSH_DISK_TIMEOUT' | 'FLUSH_SLAVE_TIMEOUT' | 'SLAVE_NOT_AVAILABLE';

/** Where a message was stored, and how safe it is. */
export interface SendResult {
  status: SendStatus;
  /** The message's unique id (UNIQ_KEY); of a batch: all, joined by commas. */
  messageId: string;
  /** The broker's id, made of its address and the physical offset. */
  offsetMessageId: string;
  queue: MessageQueue;
  /** Position in the queue, counted in messages; of a batch: of its first. */
  queueOffset: number;
  transactionId?: string;
  /** Of a message that is due later: what recall() takes it back by. */
  recallHandle?: string;
}
