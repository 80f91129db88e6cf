import { Service } from '../../common/lifecycle.js';
import type { Message } from '../../message/message.js';
import type { SendOptions } from './producer-options.js';
import type { SendResult } from './send-result.js';

export abstract class Producer extends Service {
  abstract send(message: Message, options?: SendOptions): Promise<SendResult>;
  /** Resolves when the request has left; nothing says whether it was stored. */
  abstract sendOneway(message: Message, options?: SendOptions): Promise<void>;
  /** All of one topic; stored side by side in one queue. */
  abstract sendBatch(messages: readonly Message[], options?: SendOptions): Promise<SendResult>;
}
