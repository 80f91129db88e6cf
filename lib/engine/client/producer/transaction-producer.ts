import type { Message } from '../../message/message.js';
import type { HalfMessage, HalfMessageHandle, TransactionState } from './producer-options.js';
import { Producer } from './producer.js';

export abstract class TransactionProducer extends Producer {
  /** Stores a half message, invisible until end() says COMMIT. A delay is refused: Apache would lose the message. */
  abstract sendHalf(message: Message, options?: { timeoutMs?: number }): Promise<HalfMessage>;
  /**
   * Tells the broker how it ended. COMMIT and ROLLBACK are confirmed by the broker; UNKNOWN is oneway.
   * @throws BrokerResponseError the half is gone or not this group's
   */
  abstract end(handle: HalfMessageHandle, state: TransactionState, options?: { remark?: string }): Promise<void>;
}
