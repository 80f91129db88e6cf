import { parseFastjson } from '../../common/fastjson.js';
import { arrayOf, integerOf, objectOf, textOf } from '../../common/json-fields.js';
import type { MessageQueue } from '../../message/message-queue.js';

/** Source: Apache 5.3 MessageQueueAssignment. */
export interface QueueAssignment {
  readonly queue: MessageQueue;
  /** PULL or POP. */
  readonly mode: string;
}

/** Answer of QUERY_ASSIGNMENT; undefined when it holds no list. @throws ProtocolError */
export function decodeQueueAssignments(body: Buffer | undefined): QueueAssignment[] | undefined {
  const { messageQueueAssignments } = objectOf(parseFastjson(body?.toString() ?? ''), 'the assignments');
  if (messageQueueAssignments === undefined || messageQueueAssignments === null) return undefined;
  return arrayOf(messageQueueAssignments, 'messageQueueAssignments').map((value) => {
    const assignment = objectOf(value, 'assignment');
    const queue = objectOf(assignment.messageQueue, 'messageQueue');
    return {
      queue: {
        topic: textOf(queue.topic, 'topic'),
        brokerName: textOf(queue.brokerName, 'brokerName'),
        queueId: integerOf(queue.queueId, 'queueId'),
      },
      mode: textOf(assignment.mode, 'mode', 'PULL'),
    };
  });
}
