import type { FastjsonObject } from '../../common/fastjson.js';
import { arrayOf, integerOf, objectOf } from '../../common/json-fields.js';

/** An entry of a consume queue. Source: Apache 5.3 ConsumeQueueData. */
export interface ConsumeQueueEntry {
  readonly physicOffset: number;
  readonly physicSize: number;
  readonly tagsCode: number;
  /** Whether the group's filter lets it through. */
  readonly eval: boolean;
}

/** Answer of QUERY_CONSUME_QUEUE (321). Source: Apache 5.3 QueryConsumeQueueResponseBody. */
export interface ConsumeQueueData {
  readonly minQueueIndex: number;
  readonly maxQueueIndex: number;
  readonly entries: readonly ConsumeQueueEntry[];
  /** What the group's filter is, when a group was named. */
  readonly filterData?: string;
}

export function readConsumeQueueData(body: FastjsonObject): ConsumeQueueData {
  const entries = arrayOf(body.queueData, 'queueData').map((value) => {
    const entry = objectOf(value, 'queueData');
    return {
      physicOffset: integerOf(entry.physicOffset, 'physicOffset'),
      physicSize: integerOf(entry.physicSize, 'physicSize'),
      tagsCode: integerOf(entry.tagsCode, 'tagsCode'),
      eval: entry.eval === true,
    };
  });
  return {
    minQueueIndex: integerOf(body.minQueueIndex, 'minQueueIndex', 0),
    maxQueueIndex: integerOf(body.maxQueueIndex, 'maxQueueIndex', 0),
    entries,
    ...(typeof body.filterData === 'string' ? { filterData: body.filterData } : {}),
  };
}
