import { PropertyName } from '../../message/property-names.js';
import { parseRecallHandle } from '../../message/recall-handle.js';
import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { recallMessageRequest, recallMessageResponse } from '../../protocol/requests/recall-message.js';
import { refuse, succeed } from '../../protocol/answers.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Clock } from '../../ports/clock.js';
import type { Channel } from '../../remoting/channel.js';
import { bornHostOf } from '../born-host.js';
import type { BrokerOptions } from '../broker-options.js';
import { isStored, type PutMessage } from '../put-message.js';
import type { TopicTable } from '../tables/topic-table.js';

/**
 * RECALL_MESSAGE (370): a message that waits for its time is not delivered.
 * Source: Apache 5.3 RecallMessageProcessor.
 */
export class RecallMessageProcessor {
  constructor(
    private readonly options: Pick<BrokerOptions, 'recallMessageEnable' | 'brokerName' | 'timerMaxDelaySec'>,
    private readonly topics: TopicTable,
    private readonly putMessage: PutMessage,
    private readonly clock: Clock,
  ) {}

  async recall(request: RemotingCommand, channel: Channel): Promise<RemotingCommand> {
    const header = decodeHeader(recallMessageRequest, request.extFields);
    if (!this.options.recallMessageEnable) {
      return refuse(ResponseCode.NO_PERMISSION, 'recall failed, operation is forbidden');
    }
    if (!this.topics.has(header.topic)) {
      return refuse(ResponseCode.TOPIC_NOT_EXIST, `recall failed, the topic[${header.topic}] not exist`);
    }
    const handle = parseRecallHandle(header.recallHandle);
    if (handle === undefined) return refuse(ResponseCode.ILLEGAL_OPERATION, 'recall handle is invalid');
    const { topic, brokerName, timestamp, uniqKey } = handle;
    if (topic !== header.topic) return refuse(ResponseCode.ILLEGAL_OPERATION, 'recall failed, topic not match');
    if (brokerName !== this.options.brokerName) {
      return refuse(ResponseCode.ILLEGAL_OPERATION, 'recall failed, broker service not available');
    }
    const now = this.clock.now();
    if (timestamp <= now || timestamp - now >= this.options.timerMaxDelaySec * 1000) {
      return refuse(ResponseCode.ILLEGAL_OPERATION, 'recall failed, timestamp invalid');
    }
    const result = await this.putMessage.put({
      topic,
      queueId: 0,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: now,
      bornHost: bornHostOf(channel),
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: Buffer.from('0'),
      properties: new Map([
        [PropertyName.tags, '_RECALL_TAG_'],
        [PropertyName.timerDeleteUniqKey, `${topic}+${uniqKey}`],
        [PropertyName.uniqKey, uniqKey],
        [PropertyName.timerDeliverMs, String(timestamp)],
        [PropertyName.bornTimestamp, String(now)],
        [PropertyName.producerGroup, header.producerGroup ?? ''],
      ]),
    });
    return isStored(result)
      ? succeed(encodeHeader(recallMessageResponse, { msgId: uniqKey }))
      : refuse(ResponseCode.SYSTEM_ERROR, 'recall failed, execute error');
  }
}
