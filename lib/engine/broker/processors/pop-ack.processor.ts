import { parseFastjson, type FastjsonValue } from '../../common/fastjson.js';
import { arrayOf, integerOf, objectOf, textOf } from '../../common/json-fields.js';
import type { HostAddress } from '../../message/host-address.js';
import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import { refuse, succeed } from '../../protocol/answers.js';
import { response, type RemotingCommand } from '../../protocol/remoting-command.js';
import {
  ackMessageRequest,
  changeInvisibleTimeRequest,
  changeInvisibleTimeResponse,
  type AckMessageRequest,
  type ChangeInvisibleTimeRequest,
} from '../../protocol/requests/pop-message.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Clock } from '../../ports/clock.js';
import type { MessageStore } from '../../store/message-store.js';
import type { BrokerOptions } from '../broker-options.js';
import {
  encodeAcknowledgement,
  encodeCheckPoint,
  type Acknowledgement,
  type ReviveTarget,
} from '../pop/check-point.js';
import type { PopHold } from '../pop/pop-hold.js';
import { ORDER_REVIVE_QUEUE, parsePopHandle, topicByRetryFlag, type PopHandle } from '../../message/pop-handle.js';
import type { PopOrderTable } from '../pop/pop-order-table.js';
import { isStored, type PutMessage } from '../put-message.js';
import type { ConsumerOffsetTable } from '../tables/consumer-offset-table.js';
import type { TopicTable } from '../tables/topic-table.js';

export interface PopAckParts {
  options: Pick<BrokerOptions, 'brokerName' | 'timerMaxDelaySec' | 'reviveQueueNum'>;
  reviveTopic: string;
  brokerHost: HostAddress;
  topics: TopicTable;
  offsets: ConsumerOffsetTable;
  store: MessageStore;
  putMessage: PutMessage;
  orders: PopOrderTable;
  popHold: PopHold;
  clock: Clock;
}

/**
 * ACK_MESSAGE (200051), BATCH_ACK_MESSAGE (200151), CHANGE_MESSAGE_INVISIBLETIME (200053).
 * Source: Apache 5.3 AckMessageProcessor, ChangeInvisibleTimeProcessor.
 */
export class PopAckProcessor {
  constructor(private readonly parts: PopAckParts) {}

  async ack(request: RemotingCommand): Promise<RemotingCommand> {
    const header = decodeHeader(ackMessageRequest, request.extFields);
    const handle = this.check(header);
    if ('code' in handle) return handle;
    const { topic, consumerGroup: group, queueId, offset } = header;
    if (handle.reviveQueueId === ORDER_REVIVE_QUEUE) {
      this.ackInOrder(group, topic, queueId, handle.popTime, offset);
      return succeed();
    }
    const { startOffset, popTime, invisibleTime, brokerName, reviveQueueId } = handle;
    const ack = { topic, group, queueId, startOffset, popTime, invisibleTime, brokerName, offsets: [offset] };
    return (await this.store(ack, reviveQueueId)) ? succeed() : failed();
  }

  /** Answers SUCCESS when all are stored; offsets that are not in their queue are passed over. */
  async batchAck(request: RemotingCommand): Promise<RemotingCommand> {
    const body = objectOf(parseFastjson(request.body?.toString() ?? ''), 'the acknowledgements');
    const acks = arrayOf(body.acks, 'acks').map((ack) => readBatchAck(ack));
    if (acks.length === 0) return response(ResponseCode.NO_MESSAGE);
    const stray = acks.find(({ reviveQueueId }) => !this.isReviveQueue(reviveQueueId));
    if (stray !== undefined) {
      return refuse(ResponseCode.MESSAGE_ILLEGAL, `there is no revive queue ${stray.reviveQueueId} (rq)`);
    }
    const brokerName = textOf(body.brokerName, 'brokerName', this.parts.options.brokerName);
    for (const { reviveQueueId, ...ack } of acks) {
      const offsets = ack.offsets.filter((offset) => this.isInQueue(ack.topic, ack.queueId, offset));
      if (reviveQueueId === ORDER_REVIVE_QUEUE) {
        for (const offset of offsets) this.ackInOrder(ack.group, ack.topic, ack.queueId, ack.popTime, offset);
      } else if (offsets.length > 0 && !(await this.store({ ...ack, offsets, brokerName }, reviveQueueId))) {
        return failed();
      }
    }
    return succeed();
  }

  /** The message stays invisible for so long from now on: a check point of its own, and the old one is done. */
  async changeInvisibleTime(request: RemotingCommand): Promise<RemotingCommand> {
    const header = decodeHeader(changeInvisibleTimeRequest, request.extFields);
    const handle = this.check(header);
    if ('code' in handle) return handle;
    const { invisibleTime } = header;
    const longest = this.parts.options.timerMaxDelaySec * 1000;
    if (invisibleTime < 0 || invisibleTime > longest) {
      return refuse(
        ResponseCode.INVALID_PARAMETER,
        `invisibleTime must be from 0 to ${longest}, but is ${invisibleTime}`,
      );
    }
    const isOrder = handle.reviveQueueId === ORDER_REVIVE_QUEUE;
    const popTime = isOrder ? this.putOffInOrder(header, handle) : await this.putOff(header, handle);
    if (popTime === undefined) return failed();
    return succeed(
      encodeHeader(changeInvisibleTimeResponse, { popTime, invisibleTime, reviveQid: handle.reviveQueueId }),
    );
  }

  private putOffInOrder(header: ChangeInvisibleTimeRequest, { popTime }: PopHandle): number {
    const { consumerGroup, topic, queueId, offset, invisibleTime } = header;
    const visibleAt = this.parts.clock.now() + invisibleTime;
    this.parts.orders.changeVisibleAt(consumerGroup, topic, queueId, popTime, offset, visibleAt);
    return popTime;
  }

  private async putOff(header: ChangeInvisibleTimeRequest, handle: PopHandle): Promise<number | undefined> {
    const { consumerGroup: group, topic, queueId, offset, invisibleTime } = header;
    const { brokerName, reviveQueueId, startOffset } = handle;
    const popTime = this.parts.clock.now();
    const point = { topic, group, queueId, startOffset: offset, diffs: [0], popTime, invisibleTime, brokerName };
    const stored = await this.parts.putMessage.put(encodeCheckPoint(point, this.target(reviveQueueId)));
    if (!isStored(stored)) return undefined;
    const old = { topic, group, queueId, startOffset, brokerName, offsets: [offset] };
    const { popTime: oldPopTime, invisibleTime: oldTime } = handle;
    const isDone = await this.store({ ...old, popTime: oldPopTime, invisibleTime: oldTime }, reviveQueueId);
    return isDone ? popTime : undefined;
  }

  private ackInOrder(group: string, topic: string, queueId: number, popTime: number, offset: number): void {
    const { orders, offsets, popHold } = this.parts;
    const next = orders.ack(group, topic, queueId, popTime, offset);
    if (next === undefined) return; // of an older pop: the message is another's by now
    offsets.commit(group, topic, queueId, next);
    if (!orders.isBlocked(group, topic, queueId)) popHold.wake(topic);
  }

  private async store(ack: Acknowledgement, reviveQueueId: number): Promise<boolean> {
    return isStored(await this.parts.putMessage.put(encodeAcknowledgement(ack, this.target(reviveQueueId))));
  }

  private target(queueId: number): ReviveTarget {
    const { reviveTopic: topic, brokerHost: bornHost, clock } = this.parts;
    return { topic, queueId, bornHost, now: clock.now() };
  }

  private check(header: AckMessageRequest): PopHandle | RemotingCommand {
    const { topic: name, queueId, offset, extraInfo } = header;
    const topic = this.parts.topics.get(name);
    if (topic === undefined) {
      return refuse(ResponseCode.TOPIC_NOT_EXIST, `topic[${name}] not exist, apply first please!`);
    }
    if (queueId < 0 || queueId >= topic.readQueueNums) {
      return refuse(
        ResponseCode.MESSAGE_ILLEGAL,
        `queueId[${queueId}] is illegal, topic:[${name}] topicConfig.readQueueNums:[${topic.readQueueNums}]`,
      );
    }
    if (!this.isInQueue(name, queueId, offset)) {
      return refuse(ResponseCode.NO_MESSAGE, `offset is illegal, key:${name}@${queueId}, commit:${offset}`);
    }
    const handle = parsePopHandle(extraInfo);
    if (handle === undefined || !this.isReviveQueue(handle.reviveQueueId)) {
      return refuse(ResponseCode.MESSAGE_ILLEGAL, `'${extraInfo.slice(0, 100)}' is no handle of a popped message`);
    }
    return handle;
  }

  private isReviveQueue(queueId: number): boolean {
    return queueId === ORDER_REVIVE_QUEUE || (queueId >= 0 && queueId < this.parts.options.reviveQueueNum);
  }

  private isInQueue(topic: string, queueId: number, offset: number): boolean {
    const { store } = this.parts;
    return offset >= store.minQueueOffset(topic, queueId) && offset < store.maxQueueOffset(topic, queueId);
  }
}

function failed(): RemotingCommand {
  return refuse(ResponseCode.SYSTEM_ERROR, 'the acknowledgement could not be stored');
}

interface BatchAck extends Omit<Acknowledgement, 'brokerName'> {
  reviveQueueId: number;
}

/** `b` is the base64 of Java's BitSet: bit i stands for the message i behind `so`. */
function readBatchAck(value: FastjsonValue): BatchAck {
  const ack = objectOf(value, 'ack');
  const group = textOf(ack.c ?? ack.consumerGroup, 'c');
  const startOffset = integerOf(ack.so ?? ack.startOffset, 'so');
  const bits = Buffer.from(textOf(ack.b ?? ack.bitSet, 'b', ''), 'base64');
  const offsets: number[] = [];
  bits.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) offsets.push(startOffset + index * 8 + bit);
  });
  return {
    topic: topicByRetryFlag(textOf(ack.t ?? ack.topic, 't'), group, textOf(ack.r ?? ack.retry, 'r', '0')),
    group,
    queueId: integerOf(ack.q ?? ack.queueId, 'q'),
    startOffset,
    popTime: integerOf(ack.pt ?? ack.popTime, 'pt'),
    invisibleTime: integerOf(ack.it ?? ack.invisibleTime, 'it'),
    reviveQueueId: integerOf(ack.rq ?? ack.reviveQueueId, 'rq'),
    offsets,
  };
}
