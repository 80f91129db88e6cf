import { attempt } from '../../common/attempt.js';
import {
  AbortedError,
  BrokerResponseError,
  ClosedError,
  ConnectError,
  RequestTimeoutError,
  RocketMqError,
  TopicNotFoundError,
} from '../../common/errors.js';
import { sleep } from '../../common/sleep.js';
import { withTimeout } from '../../common/with-timeout.js';
import type { MessageQueue } from '../../message/message-queue.js';
import { SystemTopic } from '../../message/topic-names.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { sendMessageCommand } from '../broker-api.js';
import type { ClientInstance } from '../client-instance.js';
import { callHooks } from '../hooks/call-hooks.js';
import type { ProducerHook, SendAttempt, SendOutcome } from '../hooks/producer-hook.js';
import { checkInteger } from '../option-checks.js';
import { retriableResponseCodes } from '../response.js';
import { FaultDetector } from './fault-detector.js';
import { FaultTolerance } from './fault-tolerance.js';
import type { OutgoingMessage } from './outgoing-message.js';
import type { WaitOptions } from './producer-options.js';
import { RoundRobin } from './queue-selector.js';
import { describeAttempt, outcomeOf } from './send-attempt.js';
import type { SendResult } from './send-result.js';

export interface SenderOptions {
  readonly group: string;
  readonly sendMsgTimeoutMs: number;
  readonly retryTimesWhenSendFailed: number;
  readonly retryAnotherBrokerWhenNotStoreOK: boolean;
  readonly defaultTopicQueueNums: number;
  readonly sendLatencyFaultEnable: boolean;
  readonly startDetectorEnable: boolean;
  readonly detectTimeoutMs: number;
  readonly detectIntervalMs: number;
  readonly hooks: readonly ProducerHook[];
}

export interface Attempt {
  /** Of publishQueues(), for the first attempt. */
  readonly queues: readonly MessageQueue[];
  /** On the client's monotonic clock; holds for all attempts together. */
  readonly deadline: number;
  /** Undefined: queues take turns, and a failed attempt is followed by one on another queue. */
  readonly queue?: MessageQueue;
  readonly signal?: AbortSignal;
}

/** Pause before a broker that cannot be reached is tried again, when there is no other. */
const SAME_BROKER_PAUSE_MS = 100;

/**
 * Sends what is encoded already: picks queues, retries on others, within one deadline.
 * Source: Apache 5.3 DefaultMQProducerImpl#sendDefaultImpl.
 */
export class MessageSender {
  private readonly turns: RoundRobin;
  private readonly faults?: FaultTolerance;
  private readonly detector?: FaultDetector;

  constructor(
    private readonly client: ClientInstance,
    private readonly options: SenderOptions,
  ) {
    if (options.sendLatencyFaultEnable) {
      this.faults = new FaultTolerance(client.clock);
      if (options.startDetectorEnable) this.detector = new FaultDetector(client, this.faults, options);
    }
    this.turns = new RoundRobin(client.random, this.faults);
  }

  start(): void {
    this.detector?.start();
  }

  async stop(): Promise<void> {
    await this.detector?.stop();
  }

  /** When a call that begins now has to end, on the monotonic clock. @throws ConfigurationError */
  deadline(timeoutMs = this.options.sendMsgTimeoutMs): number {
    checkInteger('timeoutMs', timeoutMs, 1);
    return this.client.clock.monotonic() + timeoutMs;
  }

  /** @throws TopicNotFoundError; what the name servers' failure was */
  async loadRoute(topic: string): Promise<void> {
    await this.client.routes.findOrLoad(topic, this.options.defaultTopicQueueNums);
  }

  /** The queues a topic's messages can go to, now; its route has been loaded. @throws TopicNotFoundError */
  publishQueues(topic: string): readonly MessageQueue[] {
    const queues = this.client.routes.find(topic)?.publishQueues ?? [];
    if (queues.length > 0) return queues;
    throw new TopicNotFoundError(
      topic,
      'none of its queues can be written to: no master is alive, or its perm forbids it',
    );
  }

  /** @throws the last attempt's error: BrokerResponseError, RequestTimeoutError, ConnectError, ClosedError, TopicNotFoundError */
  async send(message: OutgoingMessage, { queues, deadline, queue: fixed, signal }: Attempt): Promise<SendResult> {
    const { clock, routes } = this.client;
    const attempts = fixed ? 1 : 1 + this.options.retryTimesWhenSendFailed;
    let lastBrokerName: string | undefined;
    let stored: SendResult | undefined;
    let failure: RocketMqError | undefined;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const choice = attempt === 1 ? queues : this.publishQueues(message.topic);
      const queue = fixed ?? this.turns.select(message.topic, choice, lastBrokerName);
      if (queue.brokerName === lastBrokerName && isUnreachable(failure)) {
        await sleep(clock, Math.min(SAME_BROKER_PAUSE_MS, this.timeLeft(deadline)), signal);
      }
      const timeLeft = this.timeLeft(deadline);
      if (timeLeft <= 0) break;
      try {
        stored = await this.sendTo(queue, message, timeLeft, signal);
        if (stored.status === 'SEND_OK' || !this.options.retryAnotherBrokerWhenNotStoreOK) return stored;
      } catch (error) {
        if (!isRetriable(error)) throw error;
        failure = error;
        if (isUnreachable(error)) routes.refreshSoon(message.topic);
      }
      lastBrokerName = queue.brokerName;
    }
    if (stored) return stored;
    throw failure ?? new RequestTimeoutError(`send to ${message.topic}`, 0);
  }

  /** Resolves when the request has left. */
  async sendOneway(
    message: OutgoingMessage,
    queues: readonly MessageQueue[],
    fixed: MessageQueue | undefined,
  ): Promise<void> {
    const queue = fixed ?? this.turns.select(message.topic, queues);
    const { routes, brokers } = this.client;
    const address = routes.masterAddress(queue.brokerName) ?? (await routes.findMasterAddress(queue));
    const hooked = this.beforeAttempt(queue, message, address, true);
    await brokers.sendOneway(address, this.command(queue, message));
    if (hooked) callHooks(this.options.hooks, this.client.logger, (hook) => hook.afterSend?.(hooked, undefined));
  }

  /** @returns the message's unique id @throws BrokerResponseError it is too late, or the broker recalls nothing */
  async recall(
    topic: string,
    brokerName: string,
    recallHandle: string,
    { timeoutMs = this.options.sendMsgTimeoutMs, signal }: WaitOptions,
  ): Promise<string> {
    const address = await this.findMaster({ topic, brokerName }, timeoutMs, signal);
    const header = { producerGroup: this.options.group, topic, recallHandle, brokerName };
    return this.client.brokers.recallMessage(address, header, timeoutMs, signal);
  }

  private sendTo(
    queue: MessageQueue,
    message: OutgoingMessage,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<SendResult> {
    const address = this.client.routes.masterAddress(queue.brokerName);
    if (address !== undefined) return attempt(() => this.sendToAddress(address, queue, message, timeoutMs, signal));
    const begin = this.client.clock.monotonic();
    return this.findMaster(queue, timeoutMs, signal).then((found) => {
      const timeLeft = Math.max(1, begin + timeoutMs - this.client.clock.monotonic());
      return this.sendToAddress(found, queue, message, timeLeft, signal);
    });
  }

  private sendToAddress(
    address: string,
    queue: MessageQueue,
    message: OutgoingMessage,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<SendResult> {
    const { clock, brokers, routes } = this.client;
    const hooked = this.beforeAttempt(queue, message, address, false);
    const begin = clock.monotonic();
    return brokers.sendMessage(address, this.command(queue, message), timeoutMs, signal).then(
      ({ status, header }) => {
        this.faults?.succeeded(queue.brokerName, clock.monotonic() - begin);
        if (routes.find(message.topic)?.isProvisional === true) routes.refreshSoon(message.topic);
        if (hooked) this.afterAttempt(hooked, outcomeOf(status, header));
        return {
          status,
          messageId: message.messageId,
          offsetMessageId: header.msgId,
          queue: header.queueId === queue.queueId ? queue : { ...queue, queueId: header.queueId },
          queueOffset: header.queueOffset,
          transactionId: header.transactionId,
          recallHandle: header.recallHandle,
        };
      },
      (error: unknown) => {
        this.noteFailure(queue.brokerName, error, clock.monotonic() - begin);
        if (hooked) this.afterAttempt(hooked, { error });
        throw error;
      },
    );
  }

  private findMaster(queue: Omit<MessageQueue, 'queueId'>, timeoutMs: number, signal?: AbortSignal): Promise<string> {
    const { clock, routes } = this.client;
    const what = `address of broker ${queue.brokerName}`;
    return withTimeout(routes.findMasterAddress(queue), { clock, timeoutMs, signal, what });
  }

  /** Source: Apache 5.3 DefaultMQProducerImpl#sendDefaultImpl, the calls of updateFaultItem. */
  private noteFailure(brokerName: string, error: unknown, latencyMs: number): void {
    if (error instanceof AbortedError) this.faults?.succeeded(brokerName, latencyMs);
    else this.faults?.failed(brokerName, !(error instanceof BrokerResponseError || this.options.startDetectorEnable));
  }

  /** @returns what afterAttempt() needs; undefined when nobody watches. @throws what checkForbidden() throws */
  private beforeAttempt(
    queue: MessageQueue,
    message: OutgoingMessage,
    brokerAddress: string,
    isOneway: boolean,
  ): SendAttempt | undefined {
    const { hooks, group: producerGroup } = this.options;
    if (hooks.length === 0) return undefined;
    const attempt = describeAttempt(message, { producerGroup, queue, brokerAddress, isOneway });
    for (const hook of hooks) hook.checkForbidden?.(attempt);
    callHooks(hooks, this.client.logger, (hook) => hook.beforeSend?.(attempt));
    return attempt;
  }

  private afterAttempt(attempt: SendAttempt, outcome: SendOutcome): void {
    callHooks(this.options.hooks, this.client.logger, (hook) => hook.afterSend?.(attempt, outcome));
  }

  private command(queue: MessageQueue, message: OutgoingMessage): RemotingCommand {
    return sendMessageCommand(
      {
        producerGroup: this.options.group,
        topic: message.topic,
        defaultTopic: SystemTopic.autoCreate,
        defaultTopicQueueNums: this.options.defaultTopicQueueNums,
        queueId: queue.queueId,
        sysFlag: message.sysFlag,
        bornTimestamp: this.client.clock.now(),
        flag: message.flag,
        properties: message.properties,
        reconsumeTimes: message.reconsumeTimes ?? 0,
        unitMode: this.client.unitMode,
        maxReconsumeTimes: message.maxReconsumeTimes,
        batch: message.isBatch ?? false,
        brokerName: queue.brokerName,
      },
      message.body,
      message.isReply,
    );
  }

  private timeLeft(deadline: number): number {
    return deadline - this.client.clock.monotonic();
  }
}

function isUnreachable(error?: RocketMqError): boolean {
  return error instanceof ConnectError || error instanceof ClosedError;
}

function isRetriable(error: unknown): error is RocketMqError {
  if (!(error instanceof RocketMqError)) return false;
  if (error instanceof BrokerResponseError) return retriableResponseCodes.has(error.responseCode);
  return isUnreachable(error) || error instanceof RequestTimeoutError;
}
