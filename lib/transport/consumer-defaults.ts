import type { Backoff } from '../decorators/metadata.js';
import type { GroupOptions } from './subscription-plan.js';

/** What listeners of a connection share unless they say otherwise. */
export interface ConsumerDefaults extends Pick<
  GroupOptions,
  'concurrency' | 'pullBatchSize' | 'maxReconsumeTimes' | 'suspendMs' | 'consumeFrom' | 'enableTrace' | 'traceTopic'
> {
  /** Consumer group of listeners that name none. */
  group?: string;
  consumeTimeoutMs?: number;
  backoff?: Backoff;
  retryOn?: (error: unknown) => boolean;
}
