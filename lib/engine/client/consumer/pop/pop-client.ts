import { ProtocolError } from '../../../common/errors.js';
import { viewRecords } from '../../../message/record-view.js';
import { formatPopHandle, parsePopHandle, topicByRetryFlag, type PopHandle } from '../../../message/pop-handle.js';
import type { MessageQueue } from '../../../message/message-queue.js';
import { PropertyName } from '../../../message/property-names.js';
import { matchesTag } from '../../../message/tags.js';
import type { ConsumeFromWhere } from '../../../protocol/bodies/heartbeat-data.js';
import { decodeHeader, encodeHeader } from '../../../protocol/field-table.js';
import { request } from '../../../protocol/remoting-command.js';
import { RequestCode } from '../../../protocol/request-code.js';
import {
  ackMessageRequest,
  changeInvisibleTimeRequest,
  changeInvisibleTimeResponse,
} from '../../../protocol/requests/pop-message.js';
import type { ClientInstance } from '../../client-instance.js';
import type { ParsedSubscription } from '../subscription.js';
import { handleOf, orderCounts, PoppedMessage } from './popped-message.js';

export interface PopCall {
  readonly maxMessages: number;
  readonly invisibleTimeMs: number;
  /** How long the broker may wait for a message; 0: not at all. */
  readonly pollTimeMs: number;
  readonly signal?: AbortSignal;
}

/** Source: Apache 5.3 ConsumeInitMode. */
const INIT_MODE = { CONSUME_FROM_FIRST_OFFSET: 0, CONSUME_FROM_LAST_OFFSET: 1, CONSUME_FROM_TIMESTAMP: 1 } as const;
/** A broker looks at what it holds every few seconds only. Source: Apache 5.3 PullAPIWrapper#popAsync. */
const ANSWER_MS = 10_000;

/** Takes messages from brokers for a while, and tells them what became of each. Source: Apache 5.3 PopMessageProcessor. */
export class PopClient {
  constructor(
    private readonly client: ClientInstance,
    private readonly group: string,
    private readonly from: ConsumeFromWhere,
    /** Whether nobody of the group gets more of a queue before what was popped of it is settled. */
    private readonly isOrderly = false,
  ) {}

  /**
   * @param queue with queue id -1: all the broker has of the topic
   * @throws BrokerResponseError | RequestTimeoutError | ConnectError | AbortedError
   */
  async pop(
    queue: MessageQueue,
    { data, tags }: ParsedSubscription,
    { maxMessages, invisibleTimeMs, pollTimeMs, signal }: PopCall,
  ): Promise<PoppedMessage[]> {
    const { clock, brokers, routes, namespace } = this.client;
    const { topic, brokerName, queueId } = queue;
    const header = {
      consumerGroup: this.group,
      topic,
      queueId,
      maxMsgNums: maxMessages,
      invisibleTime: invisibleTimeMs,
      pollTime: pollTimeMs,
      bornTime: pollTimeMs > 0 ? clock.now() : 0,
      initMode: INIT_MODE[this.from],
      expType: data.expressionType,
      exp: data.subString,
      order: this.isOrderly,
    };
    const address = await routes.findMasterAddress(queue);
    const found = await brokers.popMessage(address, header, { timeoutMs: pollTimeMs + ANSWER_MS, signal });
    if (!found) return [];
    const invisibleUntil = clock.monotonic() + found.header.invisibleTime;
    const timesBefore = orderCounts(found.header.orderCountInfo);
    const popped: PoppedMessage[] = [];
    for (const record of viewRecords(found.records)) {
      const handle = handleOf(record, found.header, brokerName);
      const message = new PoppedMessage(record, brokerName, namespace.unwrap(topic), handle, invisibleUntil);
      message.reconsumeTimes = timesBefore(record) ?? message.reconsumeTimes;
      // Brokers filter by a tag's hash; two texts of one hash are told apart here.
      if (tags && !matchesTag(tags, record.properties.get(PropertyName.tags))) await this.ack(message);
      else popped.push(message);
    }
    return popped;
  }

  /** The message is consumed: it does not come again. */
  async ack(message: PoppedMessage): Promise<void> {
    const { address, header } = await this.target(message);
    const extFields = encodeHeader(ackMessageRequest, header);
    await this.client.brokers.invoke(address, request(RequestCode.ACK_MESSAGE, { extFields }));
  }

  /** The message stays invisible for so long from now on, then it comes again; 0: at once. */
  async changeInvisibleTime(message: PoppedMessage, invisibleTimeMs: number): Promise<void> {
    const { clock, brokers } = this.client;
    const { address, header, handle } = await this.target(message);
    const extFields = encodeHeader(changeInvisibleTimeRequest, { ...header, invisibleTime: invisibleTimeMs });
    const response = await brokers.invoke(address, request(RequestCode.CHANGE_MESSAGE_INVISIBLETIME, { extFields }));
    if (!this.isOrderly) {
      const { popTime, invisibleTime, reviveQid } = decodeHeader(changeInvisibleTimeResponse, response.extFields);
      const renewed = { popTime, invisibleTime, reviveQueueId: reviveQid, startOffset: handle.queueOffset };
      message.handle = formatPopHandle({ ...handle, ...renewed });
    } // in order the handle stays: a broker knows such a message by the pop it came with
    message.invisibleUntil = clock.monotonic() + invisibleTimeMs;
  }

  private async target(message: PoppedMessage) {
    const handle = parsePopHandle(message.handle);
    if (!handle) throw new ProtocolError(`'${message.handle}' is no handle of a popped message`);
    return { handle, address: await this.addressOf(message, handle), header: this.headerOf(message, handle) };
  }

  private addressOf({ topic }: PoppedMessage, { brokerName }: PopHandle): Promise<string> {
    const { routes, namespace } = this.client;
    return routes.findMasterAddress({ topic: namespace.wrap(topic), brokerName });
  }

  private headerOf(message: PoppedMessage, { retry, queueId, queueOffset }: PopHandle) {
    const topic = topicByRetryFlag(this.client.namespace.wrap(message.topic), this.group, retry);
    return { consumerGroup: this.group, topic, queueId, extraInfo: message.handle, offset: queueOffset };
  }
}
