import type { TopicGuard } from '../../access/topic-guard.js';
import type { MessageRecord } from '../../message/message.js';
import { PropertyName } from '../../message/property-names.js';
import { SystemFlag } from '../../message/system-flag.js';
import { transactionKey } from '../../message/transaction-records.js';
import { decodeHeader } from '../../protocol/field-table.js';
import { isOneway, response, type RemotingCommand } from '../../protocol/remoting-command.js';
import { endTransactionRequest, type EndTransactionRequest } from '../../protocol/requests/end-transaction.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Clock } from '../../ports/clock.js';
import type { Channel } from '../../remoting/channel.js';
import { refuse, succeed } from '../../protocol/answers.js';
import type { BrokerOptions } from '../broker-options.js';
import { toCommitted } from '../half-message.js';
import type { HalfMessageQueue } from '../half-message-queue.js';
import { isStored, type PutMessage } from '../put-message.js';
import { destinationOf } from '../record-lookup.js';
import { codeOfPut, remarkOfPut } from '../put-response.js';

/**
 * END_TRANSACTION (37). Unlike with Apache's, an answered one is durable: nobody is asked about its
 * transaction after a kill. And a second COMMIT, also by an older copy of the half message or after
 * a restart, delivers nothing a second time.
 * Source: Apache 5.3 EndTransactionProcessor.
 */
export class EndTransactionProcessor {
  /** Commits under way, by transaction. */
  private readonly committing = new Map<string, Promise<RemotingCommand>>();

  constructor(
    private readonly options: Pick<
      BrokerOptions,
      'transactionTimeOut' | 'maxMessageSize' | 'rejectCommitAfterRollback'
    >,
    private readonly halfMessages: HalfMessageQueue,
    private readonly putMessage: PutMessage,
    private readonly clock: Clock,
    private readonly guard: TopicGuard,
  ) {}

  async end(request: RemotingCommand, channel: Channel): Promise<RemotingCommand | undefined> {
    const header = decodeHeader(endTransactionRequest, request.extFields);
    const isCommit = header.commitOrRollback === SystemFlag.transactionCommit;
    if (!isCommit && header.commitOrRollback !== SystemFlag.transactionRollback) return undefined; // still unknown

    const half = await this.halfMessages.find(header.commitLogOffset);
    if (half === undefined) return refuse(ResponseCode.SYSTEM_ERROR, 'Find prepared transaction message failed');
    const refusal = this.guard.topicRefusal(request, channel, destinationOf(half), 'Pub'); // whatever topic it names
    if (refusal !== undefined) return refusal;
    if (this.isTooLate(header, half)) return response(ResponseCode.ILLEGAL_OPERATION);
    const mismatch = mismatchOf(header, half);
    if (mismatch !== undefined) return refuse(ResponseCode.SYSTEM_ERROR, mismatch);
    const answer = isCommit ? await this.commitOnce(half) : this.rollBack(half);
    // Apache's clients wait for no answer: their outcomes are stored in batches.
    const isDurable = isOneway(request) || answer.code !== ResponseCode.SUCCESS || (await this.halfMessages.settle());
    return isDurable ? answer : refuse(ResponseCode.SYSTEM_ERROR, 'the outcome could not be stored, send it again');
  }

  private rollBack(half: MessageRecord): RemotingCommand {
    this.halfMessages.markDone(half, 'ROLLED_BACK');
    return succeed();
  }

  private async commitOnce(half: MessageRecord): Promise<RemotingCommand> {
    const outcome = this.halfMessages.outcomeOf(half);
    if (outcome === 'COMMITTED') return this.committed(half);
    if (outcome === 'ROLLED_BACK' && this.options.rejectCommitAfterRollback)
      return refuse(ResponseCode.SYSTEM_ERROR, 'the transaction has been rolled back');
    const key = transactionKey(half);
    const running = this.committing.get(key);
    if (running !== undefined) {
      const result = await running;
      return result.code === ResponseCode.SUCCESS ? this.committed(half) : result;
    }
    const commit = this.commit(half).finally(() => this.committing.delete(key));
    this.committing.set(key, commit);
    return commit;
  }

  private async commit(half: MessageRecord): Promise<RemotingCommand> {
    if (await this.halfMessages.wasCommittedBefore(half)) return this.committed(half);
    const message = toCommitted(half);
    if (message === undefined) return refuse(ResponseCode.SYSTEM_ERROR, 'the half message names no topic and queue');
    const result = await this.putMessage.put(message);
    if (isStored(result)) return this.committed(half);
    return refuse(codeOfPut(result), remarkOfPut(result, this.options.maxMessageSize) ?? result.status);
  }

  private committed(half: MessageRecord): RemotingCommand {
    this.halfMessages.markDone(half, 'COMMITTED');
    return succeed();
  }

  /** A producer that asked for its own immunity time has to answer within it, else wait to be asked. */
  private isTooLate({ fromTransactionCheck }: EndTransactionRequest, half: MessageRecord): boolean {
    const seconds = half.properties.get(PropertyName.checkImmunityTimeInSeconds);
    if (fromTransactionCheck === true || seconds === undefined) return false;
    const immunityMs = Math.max((Number.parseInt(seconds, 10) || 0) * 1000, this.options.transactionTimeOut);
    return this.clock.now() - half.bornTimestamp > immunityMs;
  }
}

function mismatchOf(header: EndTransactionRequest, half: MessageRecord): string | undefined {
  if (half.properties.get(PropertyName.producerGroup) !== header.producerGroup) return 'The producer group wrong';
  if (half.queueOffset !== header.tranStateTableOffset) return 'The transaction state table offset wrong';
  return undefined;
}
