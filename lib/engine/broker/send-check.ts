import { SystemFlag } from '../message/system-flag.js';
import { PropertyName } from '../message/property-names.js';
import { isRetryTopic, isSendingForbidden } from '../message/topic-names.js';
import type { TopicConfig } from '../protocol/bodies/topic-config.js';
import { Permission } from '../protocol/bodies/topic-route-data.js';
import type { SendMessageRequest } from '../protocol/requests/send-message.js';
import { ResponseCode } from '../protocol/response-code.js';
import type { Clock } from '../ports/clock.js';
import type { BrokerOptions } from './broker-options.js';
import type { TopicTable } from './tables/topic-table.js';
import { describeTopic } from './topic-description.js';
import { topicNameRemark } from './topic-name-check.js';

export type SendCheckResult = { topic: TopicConfig } | { refusal: { code: number; remark: string } };

const UNIT = 1;
const UNIT_SUB = 2;

/**
 * What every send has to pass; creates the topic if that is allowed.
 * Source: Apache 5.3 AbstractSendMessageProcessor#msgCheck.
 */
export class SendCheck {
  constructor(
    private readonly options: Pick<BrokerOptions, 'brokerIP1' | 'brokerPermission' | 'startAcceptSendRequestTimeStamp'>,
    private readonly topics: TopicTable,
    /** Stores the table of topics: a message is not acknowledged in a topic that a crash would forget. */
    private readonly saveTopics: () => Promise<void>,
    private readonly clock: Clock,
  ) {}

  /** @param peer the sender's address, for the answer's text */
  run(header: SendMessageRequest, peer: string): SendCheckResult | Promise<SendCheckResult> {
    const { brokerIP1, brokerPermission, startAcceptSendRequestTimeStamp } = this.options;
    if (startAcceptSendRequestTimeStamp > 0 && this.clock.now() < startAcceptSendRequestTimeStamp) {
      const until = new Date(startAcceptSendRequestTimeStamp).toISOString();
      return refusal(ResponseCode.SYSTEM_ERROR, `broker unable to service, until ${until}`);
    }
    if ((brokerPermission & Permission.write) === 0 && this.topics.isOrderTopic(header.topic)) {
      return refusal(ResponseCode.NO_PERMISSION, `the broker[${brokerIP1}] sending message is forbidden`);
    }
    if (isSendingForbidden(header.topic)) {
      return refusal(ResponseCode.NO_PERMISSION, `Sending message to topic[${header.topic}] is forbidden.`);
    }
    if ((header.sysFlag & SystemFlag.innerBatch) !== 0 || header.properties?.includes(`${PropertyName.innerNum}\x01`)) {
      return refusal(
        ResponseCode.MESSAGE_ILLEGAL,
        `topic[${header.topic}] takes no inner batches; send the messages as a plain batch`,
      );
    }
    const topic = this.topics.get(header.topic);
    return topic === undefined ? this.createTopic(header, peer) : checkQueue(header, topic, peer);
  }

  private async createTopic(header: SendMessageRequest, peer: string): Promise<SendCheckResult> {
    const { topic: name, defaultTopic, defaultTopicQueueNums, unitMode } = header;
    const wrongName = topicNameRemark(name);
    if (wrongName !== undefined) return refusal(ResponseCode.INVALID_PARAMETER, wrongName);
    const sysFlag = unitMode !== true ? 0 : isRetryTopic(name) ? UNIT_SUB : UNIT;
    let topic = this.topics.createByPattern(name, defaultTopic, defaultTopicQueueNums, sysFlag);
    if (topic === undefined && isRetryTopic(name)) topic = this.topics.createIfAbsent(name, 1, { sysFlag });
    if (topic === undefined) {
      return refusal(ResponseCode.TOPIC_NOT_EXIST, `topic[${name}] not exist, apply first please!`);
    }
    await this.saveTopics();
    return checkQueue(header, topic, peer);
  }
}

function checkQueue({ queueId }: SendMessageRequest, topic: TopicConfig, peer: string): SendCheckResult {
  const queues = Math.max(topic.writeQueueNums, topic.readQueueNums);
  if (queueId < queues && queues > 0) return { topic };
  return refusal(
    ResponseCode.INVALID_PARAMETER,
    `request queueId[${queueId}] is illegal, ${describeTopic(topic)} Producer: ${peer}`,
  );
}

function refusal(code: number, remark: string): SendCheckResult {
  return { refusal: { code, remark } };
}
