import { ClosedError, RequestTimeoutError } from '../../common/errors.js';
import { formatHostAddress, type HostAddress } from '../../message/host-address.js';
import { decodeProperties, encodeProperties, type Properties } from '../../message/properties-codec.js';
import { PropertyName } from '../../message/property-names.js';
import { SystemFlag, withTransactionType } from '../../message/system-flag.js';
import type { TopicConfig } from '../../protocol/bodies/topic-config.js';
import { encodeHeader } from '../../protocol/field-table.js';
import { request as newRequest, response, type RemotingCommand } from '../../protocol/remoting-command.js';
import { pushReplyMessageRequest } from '../../protocol/requests/push-reply-message.js';
import {
  decodeSendMessageRequest,
  sendMessageResponse,
  type SendMessageRequest,
} from '../../protocol/requests/send-message.js';
import { RequestCode } from '../../protocol/request-code.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Clock } from '../../ports/clock.js';
import type { Random } from '../../ports/random.js';
import type { Channel } from '../../remoting/channel.js';
import { bornHostOf } from '../born-host.js';
import type { BrokerOptions } from '../broker-options.js';
import { isStored, type PutMessage } from '../put-message.js';
import type { SendCheck } from '../send-check.js';
import type { ProducerTable } from '../tables/producer-table.js';

const PUSH_TIMEOUT_MS = 10_000;

export interface ReplyMessageParts {
  options: Pick<BrokerOptions, 'regionId' | 'traceOn' | 'storeReplyMessageEnable'>;
  check: SendCheck;
  producers: ProducerTable;
  putMessage: PutMessage;
  storeHost: HostAddress;
  random: Random;
  clock: Clock;
}

/**
 * SEND_REPLY_MESSAGE (324) and its V2 (325): hands the reply to a request to the client that waits
 * for it, and stores it as well.
 * Source: Apache 5.3 ReplyMessageProcessor.
 */
export class ReplyMessageProcessor {
  constructor(private readonly parts: ReplyMessageParts) {}

  async reply(request: RemotingCommand, channel: Channel): Promise<RemotingCommand> {
    const header = decodeSendMessageRequest(request);
    const { regionId, traceOn, storeReplyMessageEnable } = this.parts.options;
    const common = { MSG_REGION: regionId, TRACE_ON: String(traceOn) };
    const checking = this.parts.check.run(header, channel.remoteAddress);
    const checked = 'then' in checking ? await checking : checking; // a needless await is a turn more to wait for the reply
    if ('refusal' in checked) {
      return response(checked.refusal.code, { remark: checked.refusal.remark, extFields: common });
    }
    const queueId = this.queueIdFor(header, checked.topic);
    const body = request.body ?? Buffer.alloc(0);
    const properties = decodeProperties(header.properties ?? '');
    const failure = await this.push(header, properties, body, channel);
    const stored = storeReplyMessageEnable ? await this.store(header, queueId, properties, body, channel) : undefined;
    const place = stored ?? (failure === undefined ? { msgId: '0', queueId, queueOffset: 0 } : undefined);
    const extFields = place === undefined ? common : { ...encodeHeader(sendMessageResponse, place), ...common };
    return failure === undefined
      ? response(ResponseCode.SUCCESS, { extFields })
      : response(ResponseCode.SYSTEM_ERROR, { extFields, remark: failure });
  }

  /** @returns what went wrong */
  private async push(
    header: SendMessageRequest,
    properties: Properties,
    body: Buffer,
    channel: Channel,
  ): Promise<string | undefined> {
    const clientId = properties.get(PropertyName.replyToClient);
    if (clientId === undefined) return `reply message properties[${PropertyName.replyToClient}] is null`;
    const requester = this.parts.producers.findChannel(clientId);
    if (requester === undefined) return `push reply message fail, channel of <${clientId}> not found.`;
    const { clock, storeHost } = this.parts;
    properties.set(PropertyName.pushReplyTime, String(clock.now()));
    // Field by field: a copy of the whole header is many times slower.
    const extFields = encodeHeader(pushReplyMessageRequest, {
      producerGroup: header.producerGroup,
      topic: header.topic,
      defaultTopic: header.defaultTopic,
      defaultTopicQueueNums: header.defaultTopicQueueNums,
      queueId: header.queueId,
      sysFlag: header.sysFlag,
      bornTimestamp: header.bornTimestamp,
      flag: header.flag,
      properties: encodeProperties(properties),
      reconsumeTimes: header.reconsumeTimes,
      unitMode: header.unitMode,
      bornHost: formatHostAddress(bornHostOf(channel)),
      storeHost: formatHostAddress(storeHost),
      storeTimestamp: clock.now(),
    });
    try {
      const push = newRequest(RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT, { extFields, body });
      const answer = await requester.invoke(push, PUSH_TIMEOUT_MS);
      return answer.code === ResponseCode.SUCCESS ? undefined : `push reply message to ${clientId}fail.`;
    } catch (error) {
      if (!(error instanceof ClosedError) && !(error instanceof RequestTimeoutError)) throw error;
      return `push reply message to ${clientId}fail.`;
    }
  }

  private async store(
    header: SendMessageRequest,
    queueId: number,
    properties: Properties,
    body: Buffer,
    channel: Channel,
  ): Promise<{ msgId: string; queueId: number; queueOffset: number } | undefined> {
    const result = await this.parts.putMessage.put({
      topic: header.topic,
      queueId,
      flag: header.flag,
      sysFlag: withTransactionType(header.sysFlag, SystemFlag.transactionNone),
      bornTimestamp: header.bornTimestamp,
      bornHost: bornHostOf(channel),
      reconsumeTimes: header.reconsumeTimes ?? 0,
      preparedTransactionOffset: 0,
      body,
      properties,
    });
    if (!isStored(result)) return undefined;
    const [{ offsetMessageId, queueOffset }] = result.appended;
    return { msgId: offsetMessageId, queueId, queueOffset };
  }

  private queueIdFor({ queueId }: SendMessageRequest, { writeQueueNums }: TopicConfig): number {
    if (queueId >= 0) return queueId;
    return writeQueueNums > 1 ? this.parts.random.nextInt(writeQueueNums) : 0;
  }
}
