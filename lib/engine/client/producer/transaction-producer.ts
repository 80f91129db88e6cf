import { untilAborted } from '../../common/on-abort.js';
import { BoundedWork } from '../../common/bounded-work.js';
import { InvalidMessageError } from '../../common/errors.js';
import { PeriodicTask } from '../../common/periodic-task.js';
import type { Message, ReceivedMessage } from '../../message/message.js';
import { decodeRecords } from '../../message/message-codec.js';
import { decodeOffsetMessageId } from '../../message/message-id.js';
import { encodeProperties } from '../../message/properties-codec.js';
import { PropertyName } from '../../message/property-names.js';
import { SystemFlag } from '../../message/system-flag.js';
import type { CheckTransactionStateRequest } from '../../protocol/requests/check-transaction-state.js';
import type { EndTransactionRequest } from '../../protocol/requests/end-transaction.js';
import type { Channel } from '../../remoting/channel.js';
import type { ClientInstance } from '../client-instance.js';
import type { ProducerMember } from '../group-member.js';
import { callHooks } from '../hooks/call-hooks.js';
import type { EndedTransaction } from '../hooks/producer-hook.js';
import { checkInteger } from '../option-checks.js';
import { Producer } from './producer.js';
import type { HalfMessage, HalfMessageHandle, TransactionProducerOptions, WaitOptions } from './producer-options.js';
import type { TransactionState } from './transaction-state.js';

const commitOrRollback: Record<TransactionState, number> = {
  COMMIT: SystemFlag.transactionCommit,
  ROLLBACK: SystemFlag.transactionRollback,
  UNKNOWN: SystemFlag.transactionNone,
};

/** Questions that wait for their turn; the broker repeats those that find no room. Source: Apache 5.3 TransactionMQProducer#checkRequestHoldMax. */
const MAX_WAITING_CHECKS = 2000;

/**
 * Sends half messages and says how their transactions ended. It announces itself to every broker
 * of the cluster, so that it is asked about half messages of an earlier life.
 * Source: Apache 5.3 TransactionMQProducer.
 */
export class TransactionProducer extends Producer {
  private readonly checks: BoundedWork;
  private readonly learning: PeriodicTask;

  /** @throws ConfigurationError naming the option */
  constructor(
    client: ClientInstance,
    private readonly transactionOptions: TransactionProducerOptions,
  ) {
    super(client, transactionOptions);
    const concurrency = transactionOptions.checkConcurrency ?? 16;
    checkInteger('checkConcurrency', concurrency, 1);
    this.checks = new BoundedWork(concurrency, MAX_WAITING_CHECKS);
    this.learning = new PeriodicTask({
      clock: client.clock,
      intervalMs: 30_000,
      run: () => client.routes.learnBrokers(),
      onError: (error) => client.logger.warn('brokers of the cluster not learnt', { error }),
    });
  }

  /** Stores a half message, invisible until end() says COMMIT. A delay is refused: Apache would lose the message. */
  async sendHalf(message: Message, options: WaitOptions = {}): Promise<HalfMessage> {
    if ((message.delayLevel ?? 0) !== 0 || message.deliverAt !== undefined) {
      throw new InvalidMessageError(
        'delayLevel',
        'a half message cannot be delayed: it would never appear; leave it out',
      );
    }
    const inner = this.inward(message);
    const bytes = Buffer.isBuffer(message.body) ? message.body.length : 0;
    const result = await this.perform(inner.topic, bytes, options, (circumstances) =>
      this.sender.send(
        this.encoder.encode(inner, this.halfProperties(), SystemFlag.transactionPrepared),
        circumstances,
      ),
    );
    return {
      result: this.outward(result),
      handle: {
        topic: inner.topic,
        brokerName: result.queue.brokerName,
        producerGroup: this.options.group,
        tranStateTableOffset: result.queueOffset,
        commitLogOffset: decodeOffsetMessageId(result.offsetMessageId).physicalOffset,
        messageId: result.messageId,
        transactionId: result.transactionId ?? result.messageId,
      },
    };
  }

  /**
   * Tells the broker how it ended. COMMIT and ROLLBACK are confirmed by the broker; UNKNOWN is oneway.
   * After a RequestTimeoutError, ClosedError or AbortedError it is open whether the broker has heard
   * it: a second COMMIT may deliver the message twice.
   * @throws BrokerResponseError the half is gone or not this group's
   */
  async end(
    handle: HalfMessageHandle,
    state: TransactionState,
    options: { remark?: string; signal?: AbortSignal } = {},
  ): Promise<void> {
    await this.whileRunning(options.signal, async () => {
      const address = await this.client.routes.findMasterAddress(handle);
      await this.tell(address, endRequest(handle, state, false), state, options.remark);
      this.noteEnd(handle, state, { brokerAddress: address, fromTransactionCheck: false });
    });
  }

  /**
   * Whether consumers can read the message already, so that another COMMIT would deliver it twice.
   * Asks the broker's index, which may be some milliseconds behind.
   * Source: Apache 5.3 MQAdminImpl#queryMessageByUniqKey.
   */
  async isVisible(handle: HalfMessageHandle, options: { signal?: AbortSignal } = {}): Promise<boolean> {
    return this.whileRunning(options.signal, async () => {
      const address = await this.client.routes.findMasterAddress(handle);
      const records = await this.client.brokers.queryByUniqueKey(address, handle.topic, handle.messageId);
      if (records === undefined) return false;
      return decodeRecords(records).some(
        ({ topic, properties }) => topic === handle.topic && properties.get(PropertyName.uniqKey) === handle.messageId,
      );
    });
  }

  protected override describe(): ProducerMember {
    return {
      ...super.describe(),
      checkTransaction: (message, check, channel) => this.onCheck(message, check, channel),
    };
  }

  protected override async onStart(): Promise<void> {
    await this.client.routes.learnBrokers().catch((error: unknown) => {
      this.client.logger.warn('brokers of the cluster not learnt yet', { error });
    });
    await super.onStart();
    this.learning.start();
  }

  protected override async onStop(): Promise<void> {
    await this.learning.stop();
    await this.checks.stop();
    await super.onStop();
  }

  private onCheck(message: ReceivedMessage, check: CheckTransactionStateRequest, channel: Channel): void {
    if (this.isStopping) return; // silence: another producer of the group is asked
    const taken = this.checks.submit(() => this.answerCheck(message, check, channel));
    if (!taken) {
      this.client.logger.warn('too many transactions to check; the broker will ask again', { messageId: check.msgId });
    }
  }

  /** Never rejects. Source: Apache 5.3 DefaultMQProducerImpl#checkTransactionState. */
  private async answerCheck(
    message: ReceivedMessage,
    check: CheckTransactionStateRequest,
    channel: Channel,
  ): Promise<void> {
    const { logger } = this.client;
    const handle = this.handleOf(message, check, channel);
    try {
      const { state, remark } = await this.ask(message, handle);
      if (state === undefined) return;
      logger.debug('transaction checked', { messageId: handle.messageId, state });
      const brokerAddress = channel.remoteAddress;
      await this.tell(brokerAddress, endRequest(handle, state, true), state, remark);
      const [tag, keys] = [message.tag, message.properties.get(PropertyName.keys)];
      this.noteEnd(handle, state, { brokerAddress, fromTransactionCheck: true, tag, keys });
    } catch (error) {
      logger.warn('a check was not answered; the broker will ask again', { messageId: handle.messageId, error });
    }
  }

  private async ask(
    message: ReceivedMessage,
    handle: HalfMessageHandle,
  ): Promise<{ state: TransactionState | undefined; remark?: string }> {
    try {
      return { state: await this.transactionOptions.checker(message, handle) };
    } catch (error) {
      this.client.logger.error('the transaction checker failed', { messageId: handle.messageId, error });
      return { state: 'UNKNOWN', remark: error instanceof Error ? error.message : String(error) };
    }
  }

  private handleOf(
    message: ReceivedMessage,
    check: CheckTransactionStateRequest,
    { remoteAddress }: Channel,
  ): HalfMessageHandle {
    const messageId = check.msgId ?? message.messageId;
    // Apache 4.9 doesn't say which broker it is.
    const asking = this.client.routes.allBrokers().find(({ address }) => address === remoteAddress);
    return {
      topic: this.client.namespace.wrap(message.topic),
      brokerName: check.brokerName ?? asking?.brokerName ?? '',
      producerGroup: this.options.group,
      tranStateTableOffset: check.tranStateTableOffset,
      commitLogOffset: check.commitLogOffset,
      messageId,
      transactionId: check.transactionId ?? messageId,
    };
  }

  private async tell(
    address: string,
    header: EndTransactionRequest,
    state: TransactionState,
    remark?: string,
  ): Promise<void> {
    const { brokers } = this.client;
    if (state === 'UNKNOWN') await brokers.endTransactionOneway(address, header, remark);
    else await brokers.endTransaction(address, header, remark);
  }

  private noteEnd(
    { topic, messageId, transactionId }: HalfMessageHandle,
    state: TransactionState,
    circumstances: Pick<EndedTransaction, 'brokerAddress' | 'fromTransactionCheck' | 'tag' | 'keys'>,
  ): void {
    const { hooks, client } = this;
    const ended = { ...circumstances, producerGroup: this.options.group, topic, messageId, transactionId, state };
    callHooks(hooks, client.logger, (hook) => hook.afterEndTransaction?.(ended));
  }

  /** Requests have their own timeouts; the signal only ends the wait for them. */
  private async whileRunning<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    this.begin();
    const running = work().finally(() => this.finish());
    return signal ? untilAborted(running, signal) : running;
  }

  private halfProperties(): string {
    return encodeProperties(
      new Map([
        [PropertyName.transactionPrepared, 'true'],
        [PropertyName.producerGroup, this.options.group],
      ]),
    );
  }
}

function endRequest(
  handle: HalfMessageHandle,
  state: TransactionState,
  fromTransactionCheck: boolean,
): EndTransactionRequest {
  return {
    topic: handle.topic,
    producerGroup: handle.producerGroup,
    tranStateTableOffset: handle.tranStateTableOffset,
    commitLogOffset: handle.commitLogOffset,
    commitOrRollback: commitOrRollback[state],
    fromTransactionCheck,
    msgId: handle.messageId,
    transactionId: handle.transactionId,
    brokerName: handle.brokerName,
  };
}
