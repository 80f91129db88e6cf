import { ProtocolError } from '../../common/errors.js';
import { decodeOffsetMessageId } from '../../message/message-id.js';
import { SystemTopic } from '../../message/topic-names.js';
import { decodeHeader } from '../../protocol/field-table.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { resumeCheckRequest } from '../../protocol/requests/broker-admin.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { MessageStore } from '../../store/message-store.js';
import { refuse, succeed } from '../../protocol/answers.js';
import { realQueueOf, toCheckedAgain } from '../half-message.js';
import type { HalfMessageQueue } from '../half-message-queue.js';
import { lookUpRecord } from '../record-lookup.js';

const FAILURE = 'Put message back to RMQ_SYS_TRANS_HALF_TOPIC failed.';

/**
 * RESUME_CHECK_HALF_MESSAGE (323): asks about a half message again that was laid aside.
 * Source: Apache 5.3 AdminBrokerProcessor#resumeCheckHalfMessage.
 */
export class ResumeCheckProcessor {
  constructor(
    private readonly store: MessageStore,
    private readonly halfMessages: HalfMessageQueue,
  ) {}

  async resume(request: RemotingCommand): Promise<RemotingCommand> {
    const { msgId } = decodeHeader(resumeCheckRequest, request.extFields);
    const physicalOffset = physicalOffsetOf(msgId);
    const record = physicalOffset === undefined ? undefined : await lookUpRecord(this.store, physicalOffset);
    if (record === undefined || realQueueOf(record) === undefined) return refuse(ResponseCode.SYSTEM_ERROR, FAILURE);
    this.halfMessages.forget(record);
    const half = { ...toCheckedAgain(record, 0), topic: SystemTopic.half, queueId: 0 };
    const stored = await this.halfMessages.putBack(half);
    return stored === undefined ? refuse(ResponseCode.SYSTEM_ERROR, FAILURE) : succeed();
  }
}

function physicalOffsetOf(offsetMessageId: string): number | undefined {
  try {
    return decodeOffsetMessageId(offsetMessageId).physicalOffset;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined; // no id at all
    throw error;
  }
}
