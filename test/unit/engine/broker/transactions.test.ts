import { decodeRecord } from '../../../../lib/engine/message/message-codec.js';
import { encodeOffsetMessageId } from '../../../../lib/engine/message/message-id.js';
import type { MessageRecord } from '../../../../lib/engine/message/message.js';
import { SystemFlag } from '../../../../lib/engine/message/system-flag.js';
import { request, type RemotingCommand } from '../../../../lib/engine/protocol/remoting-command.js';
import {
  endTransactionRequest,
  type EndTransactionRequest,
} from '../../../../lib/engine/protocol/requests/end-transaction.js';
import { encodeHeader } from '../../../../lib/engine/protocol/field-table.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { BrokerRig, type TestClient } from '../../../support/broker-rig.js';

const HALF = 'RMQ_SYS_TRANS_HALF_TOPIC';
const OP = 'RMQ_SYS_TRANS_OP_HALF_TOPIC';
const DISCARDED = 'TRANS_CHECK_MAX_TIME_TOPIC';
const { transactionCommit: COMMIT, transactionRollback: ROLLBACK, transactionNone: UNKNOWN } = SystemFlag;
const ROUND = 30_000;

let rig: BrokerRig;
let producer: TestClient;

beforeEach(async () => {
  rig = await BrokerRig.start();
  producer = await connectProducer();
});

afterEach(() => rig.broker.stop());

async function connectProducer(clientId = 'p1'): Promise<TestClient> {
  const client = await rig.connect(clientId);
  await client.heartbeat({ producerDataSet: [{ groupName: 'PG' }] });
  return client;
}

async function restart(how: 'stop' | 'kill'): Promise<void> {
  if (how === 'stop') await rig.broker.stop();
  else rig.kill();
  rig = await rig.next();
  producer = await connectProducer();
}

/** Lets time pass in which the producer's heartbeats go on. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= ROUND) {
    await rig.clock.advance(Math.min(left, ROUND));
    if (producer.channel.isOpen) await producer.heartbeat({ producerDataSet: [{ groupName: 'PG' }] });
  }
}

const prepare = (uniqKey = 'U1', properties: Record<string, string> = {}): Promise<RemotingCommand> =>
  producer.send(
    'T',
    uniqKey,
    { UNIQ_KEY: uniqKey, TRAN_MSG: 'true', PGROUP: 'PG', ...properties },
    { queueId: 1, sysFlag: SystemFlag.transactionPrepared },
  );

function end(
  half: MessageRecord,
  commitOrRollback: number,
  more: Partial<EndTransactionRequest> = {},
): Promise<RemotingCommand> {
  return producer.askWith(RequestCode.END_TRANSACTION, endTransactionRequest, {
    producerGroup: 'PG',
    tranStateTableOffset: half.queueOffset,
    commitLogOffset: half.physicalOffset,
    commitOrRollback,
    msgId: half.properties.get('UNIQ_KEY') ?? '',
    ...more,
  });
}

/** As Apache's clients do: they wait for no answer. */
async function endOneway(half: MessageRecord, commitOrRollback: number): Promise<void> {
  const header = {
    producerGroup: 'PG',
    tranStateTableOffset: half.queueOffset,
    commitLogOffset: half.physicalOffset,
    commitOrRollback,
    msgId: half.properties.get('UNIQ_KEY') ?? '',
  };
  const extFields = encodeHeader(endTransactionRequest, header);
  producer.channel.invokeOneway(request(RequestCode.END_TRANSACTION, { extFields }));
  await rig.clock.settle();
}

const halves = (): MessageRecord[] => rig.store.recordsOf(HALF);
const delivered = (): string[] => rig.store.recordsOf('T', 1).map(({ body }) => body.toString());
const ops = (): string[] => rig.store.recordsOf(OP).map(({ body }) => body.toString());
const checks = ({ received }: TestClient): RemotingCommand[] => received.filter(({ code }) => code === 39);

describe('a half message', () => {
  it('waits in its own topic, unmarked, with its way home', async () => {
    const answer = await prepare();
    expect(answer).toMatchObject({ code: 0, extFields: { queueOffset: '0', transactionId: 'U1', queueId: '1' } });
    const [half] = halves();
    expect(half).toMatchObject({ topic: HALF, queueId: 0, sysFlag: 0 });
    expect(Object.fromEntries(half.properties)).toMatchObject({
      TRAN_MSG: 'true',
      PGROUP: 'PG',
      REAL_TOPIC: 'T',
      REAL_QID: '1',
      __transactionId__: 'U1',
    });
    expect(delivered()).toEqual([]);
  });

  it('is refused when the broker takes no transactions', async () => {
    await rig.broker.stop();
    rig = await rig.next({ rejectTransactionMessage: true });
    producer = await connectProducer();
    expect(await prepare()).toMatchObject({
      code: 16,
      remark: 'the broker[127.0.0.1] sending transaction message is forbidden',
    });
  });
});

describe('END_TRANSACTION', () => {
  beforeEach(() => prepare());

  it('COMMIT delivers the message with the mark and place of its half', async () => {
    const [half] = halves();
    expect((await end(half, COMMIT)).code).toBe(0);
    const [record] = rig.store.recordsOf('T', 1);
    expect(record).toMatchObject({ sysFlag: 8, preparedTransactionOffset: half.physicalOffset });
    expect(record.bornTimestamp).toBe(half.bornTimestamp);
    expect(Object.fromEntries(record.properties)).toMatchObject({ TRAN_MSG: 'true', REAL_TOPIC: 'T', PGROUP: 'PG' });
  });

  it('ROLLBACK delivers nothing', async () => {
    expect((await end(halves()[0], ROLLBACK)).code).toBe(0);
    await pass(20 * ROUND);
    expect(delivered()).toEqual([]);
    expect(checks(producer)).toEqual([]);
  });

  it('UNKNOWN is never answered', async () => {
    let isAnswered = false;
    void end(halves()[0], UNKNOWN).then(
      () => (isAnswered = true),
      () => undefined, // the connection closes in the end
    );
    await rig.clock.advance(1000);
    expect(isAnswered).toBe(false);
  });

  it.each([
    ['another group', { producerGroup: 'Other' }, 'The producer group wrong'],
    ['another queue offset', { tranStateTableOffset: 5 }, 'The transaction state table offset wrong'],
    ['a place where nothing is', { commitLogOffset: 77 }, 'Find prepared transaction message failed'],
  ])('with %s is refused', async (_what, more, remark) => {
    expect(await end(halves()[0], COMMIT, more)).toMatchObject({ code: 1, remark });
    expect(delivered()).toEqual([]);
  });

  it('with the place of a message that is no half is refused', async () => {
    await producer.send('T', 'plain', { PGROUP: 'PG' }, { queueId: 1 });
    const [plain] = rig.store.recordsOf('T', 1);
    expect((await end(plain, COMMIT)).code).toBe(1);
    expect(delivered()).toEqual(['plain']);
  });

  it('said twice delivers once, also at the same time', async () => {
    const [half] = halves();
    const answers = await Promise.all([end(half, COMMIT), end(half, COMMIT)]);
    expect(answers.map(({ code }) => code)).toEqual([0, 0]);
    expect((await end(half, COMMIT)).code).toBe(0);
    expect(delivered()).toEqual(['U1']);
  });

  it('COMMIT may be said again when the message could not be stored', async () => {
    rig.store.failure = ({ topic }) => (topic === 'T' ? 'SERVICE_NOT_AVAILABLE' : undefined);
    expect((await end(halves()[0], COMMIT)).code).toBe(14);
    rig.store.failure = undefined;
    expect((await end(halves()[0], COMMIT)).code).toBe(0);
    expect(delivered()).toEqual(['U1']);
  });

  it('COMMIT after ROLLBACK delivers, as by Apache’s broker, unless the options refuse it', async () => {
    const [half] = halves();
    await end(half, ROLLBACK);
    expect((await end(half, COMMIT)).code).toBe(0);
    expect(delivered()).toEqual(['U1']);

    await rig.broker.stop();
    rig = await rig.next({ rejectCommitAfterRollback: true });
    producer = await connectProducer();
    await prepare('U2');
    await end(halves()[1], ROLLBACK);
    expect(await end(halves()[1], COMMIT)).toMatchObject({ code: 1, remark: 'the transaction has been rolled back' });
    expect(delivered()).toEqual(['U1']);
  });

  it('ROLLBACK of a copy leaves the commit what it is', async () => {
    await rig.clock.advance(ROUND);
    const [half, copy] = halves();
    await end(half, COMMIT);
    expect((await end(copy, ROLLBACK)).code).toBe(0);
    await end(half, COMMIT);
    await end(copy, COMMIT);
    expect(delivered()).toEqual(['U1']);
  });

  it('of a delayed message delays from the commit on', async () => {
    await prepare('U2', { DELAY: '1' });
    expect((await end(halves()[1], COMMIT)).code).toBe(0);
    expect(delivered()).toEqual([]);
    await rig.clock.advance(1000);
    expect(delivered()).toEqual(['U2']);
    expect(rig.store.recordsOf('T', 1)[0].sysFlag).toBe(8);
  });
});

describe('op messages', () => {
  it('list what is decided, in batches of 3 s', async () => {
    for (let i = 0; i < 3; i++) await prepare(`U${i}`);
    await endOneway(halves()[0], COMMIT);
    await endOneway(halves()[2], ROLLBACK);
    await rig.clock.advance(2999);
    expect(ops()).toEqual([]);
    await rig.clock.advance(1);
    expect(ops()).toEqual(['0,2,']);
    const [op] = rig.store.recordsOf(OP);
    expect(Object.fromEntries(op.properties)).toEqual({ TAGS: 'd', WAIT: 'true' });
    expect(op).toMatchObject({ queueId: 0, sysFlag: 0, bornHost: { host: '127.0.0.1', port: 10911 } });
  });

  it('are written at once beyond 4096 bytes', async () => {
    for (let i = 0; i < 1100; i++) await prepare(`U${i}`);
    for (const half of halves()) await endOneway(half, ROLLBACK);
    expect(ops()).toHaveLength(1);
    expect(ops()[0].length).toBeGreaterThan(4090);
    expect(ops()[0].length).toBeLessThan(4110);
  });

  it('are written before an end is answered, one for all that come together', async () => {
    for (let i = 0; i < 3; i++) await prepare(`U${i}`);
    await Promise.all(halves().map((half) => end(half, COMMIT)));
    expect(ops().join('').split(',').filter(Boolean).sort()).toEqual(['0', '1', '2']);
    expect(ops().length).toBeLessThan(3);
  });

  it('that cannot be stored make an end fail, which may be said again', async () => {
    await prepare();
    rig.store.failure = ({ topic }) => (topic === OP ? 'SERVICE_NOT_AVAILABLE' : undefined);
    expect(await end(halves()[0], COMMIT)).toMatchObject({
      code: 1,
      remark: expect.stringContaining('again') as string,
    });
    rig.store.failure = undefined;
    expect((await end(halves()[0], COMMIT)).code).toBe(0);
    expect(delivered()).toEqual(['U1']);
  });

  it('are written before the broker stops', async () => {
    await prepare();
    await endOneway(halves()[0], COMMIT);
    await rig.broker.stop();
    expect(ops()).toEqual(['0,']);
  });

  it('are tried again when they cannot be stored', async () => {
    await prepare();
    await endOneway(halves()[0], COMMIT);
    rig.store.failure = ({ topic }) => (topic === OP ? 'SERVICE_NOT_AVAILABLE' : undefined);
    await rig.clock.advance(4000);
    rig.store.failure = undefined;
    await rig.clock.advance(3000);
    expect(ops()).toEqual(['0,']);
  });
});

describe('checking', () => {
  it('asks about a silent half with the place of its new copy', async () => {
    await prepare();
    await rig.clock.advance(ROUND);
    const [check, ...others] = checks(producer);
    expect(others).toEqual([]);
    const copy = halves()[1];
    expect(copy.properties.get('TRANSACTION_CHECK_TIMES')).toBe('1');
    expect(copy.bornTimestamp).toBe(halves()[0].bornTimestamp);
    expect(check.extFields).toEqual({
      topic: HALF,
      tranStateTableOffset: '1',
      commitLogOffset: String(copy.physicalOffset),
      msgId: 'U1',
      transactionId: 'U1',
      offsetMsgId: expect.stringMatching(/^[0-9A-F]{32}$/) as string,
      bname: 'broker-a',
    });
    const asked = decodeRecord(check.body!, 0, { checkCrc: true });
    expect(asked).toMatchObject({ topic: 'T', queueId: 1, queueOffset: 1, physicalOffset: copy.physicalOffset });
    expect(asked.body.toString()).toBe('U1');
    expect((await end(copy, COMMIT, { fromTransactionCheck: true })).code).toBe(0);
    await pass(20 * ROUND);
    expect(checks(producer)).toHaveLength(1);
    expect(delivered()).toEqual(['U1']);
  });

  it('leaves a half alone for 6 s', async () => {
    await rig.clock.advance(ROUND - 5000);
    await prepare();
    await rig.clock.advance(5000);
    expect(checks(producer)).toEqual([]);
    await rig.clock.advance(ROUND);
    expect(checks(producer)).toHaveLength(1);
  });

  it('asks 15 times, then lays the half aside', async () => {
    await prepare();
    await pass(15 * ROUND);
    expect(checks(producer)).toHaveLength(15);
    expect(rig.store.recordsOf(DISCARDED)).toHaveLength(0);
    await rig.clock.advance(ROUND);
    expect(checks(producer)).toHaveLength(15);
    const [discarded] = rig.store.recordsOf(DISCARDED);
    expect(discarded.properties.get('TRANSACTION_CHECK_TIMES')).toBe('15');
    await pass(10 * ROUND);
    expect(halves()).toHaveLength(16);
    expect(rig.store.recordsOf(DISCARDED)).toHaveLength(1);
  });

  it('asks the producers of the group in turn', async () => {
    const second = await connectProducer('p2');
    for (let i = 0; i < 4; i++) await prepare(`U${i}`);
    await rig.clock.advance(ROUND);
    expect(checks(producer)).toHaveLength(2);
    expect(checks(second)).toHaveLength(2);
  });

  it('counts rounds in which nobody is there to be asked', async () => {
    await prepare();
    producer.channel.close();
    await pass(2 * ROUND);
    producer = await connectProducer();
    await rig.clock.advance(ROUND);
    expect(checks(producer)).toHaveLength(1);
    expect(halves().at(-1)?.properties.get('TRANSACTION_CHECK_TIMES')).toBe('3');
  });

  it('asks nothing about what is decided, whichever copy the decision named', async () => {
    await prepare();
    const [first] = halves();
    await rig.clock.advance(ROUND);
    await end(first, COMMIT); // the old handle, although a copy has taken its place
    await pass(20 * ROUND);
    expect(checks(producer)).toHaveLength(1);
    expect(delivered()).toEqual(['U1']);
    await end(halves()[1], COMMIT);
    expect(delivered()).toEqual(['U1']);
  });

  it('still delivers what was laid aside when its producer comes round', async () => {
    await prepare();
    const [first] = halves();
    await pass(17 * ROUND);
    expect(rig.store.recordsOf(DISCARDED)).toHaveLength(1);
    expect((await end(first, COMMIT)).code).toBe(0);
    expect(delivered()).toEqual(['U1']);
  });

  it('gives a half its own immunity, which uses up no check', async () => {
    await prepare('U1', { CHECK_IMMUNITY_TIME_IN_SECONDS: '600' });
    await pass(600_000 - 1);
    expect(checks(producer)).toEqual([]);
    await rig.clock.advance(ROUND);
    const [check] = checks(producer);
    expect(decodeRecord(check.body!).properties.get('TRANSACTION_CHECK_TIMES')).toBe('1');
    expect(decodeRecord(check.body!).properties.get('TRAN_PREPARED_QUEUE_OFFSET')).toBe('0');
    expect((await end(halves()[0], COMMIT)).code).toBe(604); // too late without being asked
    const last = halves().at(-1)!;
    expect((await end(last, COMMIT, { fromTransactionCheck: true })).code).toBe(0);
  });

  it('lays aside what was born longer ago than files are kept', async () => {
    await producer.send(
      'T',
      'old',
      { UNIQ_KEY: 'U1', TRAN_MSG: 'true', PGROUP: 'PG' },
      { bornTimestamp: rig.clock.now() - 73 * 3_600_000 },
    );
    await rig.clock.advance(ROUND);
    expect(checks(producer)).toEqual([]);
    expect(rig.store.recordsOf(DISCARDED)).toHaveLength(1);
  });

  it('asks at once about what was born in the future', async () => {
    await rig.clock.advance(ROUND - 1);
    await producer.send(
      'T',
      'early',
      { UNIQ_KEY: 'U1', TRAN_MSG: 'true', PGROUP: 'PG' },
      { bornTimestamp: rig.clock.now() + 3_600_000 },
    );
    await rig.clock.advance(1);
    expect(checks(producer)).toHaveLength(1);
  });

  it('goes through thousands of decided halves without asking about any', async () => {
    for (let i = 0; i < 3000; i++) await prepare(`U${i}`);
    for (const half of halves()) await end(half, half.queueOffset % 2 === 0 ? COMMIT : ROLLBACK);
    await prepare('silent');
    await restart('stop'); // what it knew in memory is gone; the op messages are not
    await rig.clock.advance(ROUND);
    expect(checks(producer).map(({ extFields }) => extFields.msgId)).toEqual(['silent']);
    expect(delivered()).toHaveLength(1500);
  });
});

it('asks again about what was laid aside when it is told to', async () => {
  await prepare();
  await pass(17 * ROUND);
  const [discarded] = rig.store.recordsOf(DISCARDED);
  const msgId = encodeOffsetMessageId({ host: '127.0.0.1', port: 10911 }, discarded.physicalOffset);
  expect((await producer.ask(RequestCode.RESUME_CHECK_HALF_MESSAGE, { topic: DISCARDED, msgId })).code).toBe(0);
  await pass(2 * ROUND);
  expect(checks(producer)).toHaveLength(17);
  expect((await producer.ask(RequestCode.RESUME_CHECK_HALF_MESSAGE, { msgId: 'junk' })).code).toBe(1);
});

describe.each(['stop', 'kill'] as const)('a %s of the broker', (how) => {
  it('between half and end: the end still finds its half', async () => {
    await prepare();
    await restart(how);
    expect((await end(halves()[0], COMMIT)).code).toBe(0);
    expect(delivered()).toEqual(['U1']);
  });

  it('after an answered end: it stands, nobody is asked', async () => {
    await prepare('U1');
    await prepare('U2');
    await end(halves()[0], COMMIT);
    await end(halves()[1], ROLLBACK);
    await restart(how);
    await pass(3 * ROUND);
    expect(checks(producer)).toEqual([]);
    expect((await end(halves()[0], COMMIT)).code).toBe(0);
    expect(delivered()).toEqual(['U1']);
  });

  it('between an end that nobody waited for and its op message: a commit stands, a roll-back is asked again', async () => {
    await prepare('U1');
    await prepare('U2');
    await endOneway(halves()[0], COMMIT);
    await endOneway(halves()[1], ROLLBACK);
    await restart(how);
    await rig.clock.advance(ROUND);
    expect(checks(producer).map(({ extFields }) => extFields.msgId)).toEqual(how === 'stop' ? [] : ['U2']);
    expect((await end(halves()[0], COMMIT)).code).toBe(0);
    expect(delivered()).toEqual(['U1']);
  });

  it('between check and answer: the answer finds the copy', async () => {
    await prepare();
    await rig.clock.advance(ROUND);
    const [, copy] = halves();
    await restart(how);
    expect((await end(copy, COMMIT, { fromTransactionCheck: true })).code).toBe(0);
    await pass(20 * ROUND);
    expect(delivered()).toEqual(['U1']);
  });

  it('between any two rounds: still asked no more than 15 times after it, then laid aside', async () => {
    await prepare();
    for (let round = 0; round < 40 && rig.store.recordsOf(DISCARDED).length === 0; round++) {
      await rig.clock.advance(ROUND);
      await restart(how);
    }
    expect(rig.store.recordsOf(DISCARDED).length).toBeGreaterThan(0);
    expect(delivered()).toEqual([]);
  });
});
