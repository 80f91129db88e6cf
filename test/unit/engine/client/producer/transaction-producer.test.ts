import { TransactionProducer } from '../../../../../lib/engine/client/producer/transaction-producer.js';
import type {
  HalfMessageHandle,
  TransactionChecker,
  TransactionProducerOptions,
} from '../../../../../lib/engine/client/producer/producer-options.js';
import { encodeRecord } from '../../../../../lib/engine/message/record-writer.js';
import { decodeProperties } from '../../../../../lib/engine/message/properties-codec.js';
import { encodeHeader } from '../../../../../lib/engine/protocol/field-table.js';
import { response } from '../../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { checkTransactionStateRequest } from '../../../../../lib/engine/protocol/requests/check-transaction-state.js';
import { ResponseCode } from '../../../../../lib/engine/protocol/response-code.js';
import { Latch } from '../../../../support/consumer-rig.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

let cluster: ScriptedCluster;

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a');
  cluster.createTopic('orders', { 'broker-a': 2 });
});

async function start(
  checker: TransactionChecker,
  more: Partial<TransactionProducerOptions> = {},
): Promise<TransactionProducer> {
  const producer = new TransactionProducer(await cluster.client(), { group: 'orders', checker, ...more });
  await producer.start();
  return producer;
}

const never: TransactionChecker = () => Promise.reject(new Error('not asked'));
const message = { topic: 'orders', body: Buffer.from('paid') };

/** What the broker asks about a half message it has stored. */
function check(id = 'ID-1', group = 'orders', named: { brokerName?: string } = { brokerName: 'broker-a' }): void {
  const body = encodeRecord({
    topic: 'orders',
    queueId: 1,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1,
    bornHost: { host: '10.0.0.9', port: 1 },
    storeHost: { host: '10.0.0.1', port: 10911 },
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: Buffer.from('paid'),
    properties: new Map([
      ['PGROUP', group],
      ['UNIQ_KEY', id],
      ['TRAN_MSG', 'true'],
    ]),
  });
  const header = {
    topic: 'RMQ_SYS_TRANS_HALF_TOPIC',
    tranStateTableOffset: 7,
    commitLogOffset: 777,
    msgId: id,
    transactionId: id,
  };
  const extFields = encodeHeader(checkTransactionStateRequest, { ...header, ...named });
  cluster.broker().tell(RequestCode.CHECK_TRANSACTION_STATE, { extFields, body });
}

test('a half message is marked as one, and its handle says where it is', async () => {
  const producer = await start(never);
  const { result, handle } = await producer.sendHalf(message);
  const [command] = cluster.broker().requestsOf(RequestCode.SEND_MESSAGE_V2);
  const properties = decodeProperties(command.extFields.i);
  expect(command.extFields.f).toBe('4');
  expect(properties.get('TRAN_MSG')).toBe('true');
  expect(properties.get('PGROUP')).toBe('orders');
  expect(handle).toEqual<HalfMessageHandle>({
    topic: 'orders',
    brokerName: 'broker-a',
    producerGroup: 'orders',
    tranStateTableOffset: result.queueOffset,
    commitLogOffset: 1000,
    messageId: result.messageId,
    transactionId: result.messageId,
  });
});

test.each([
  ['COMMIT', '8', false],
  ['ROLLBACK', '12', false],
  ['UNKNOWN', '0', true],
] as const)('%s is told to the broker', async (state, code, oneway) => {
  const producer = await start(never);
  const { handle } = await producer.sendHalf(message);
  await producer.end(handle, state, { remark: 'because' });
  await cluster.settle();
  expect(cluster.broker().ended).toEqual([
    {
      oneway,
      header: {
        topic: 'orders',
        producerGroup: 'orders',
        tranStateTableOffset: String(handle.tranStateTableOffset),
        commitLogOffset: '1000',
        commitOrRollback: code,
        fromTransactionCheck: 'false',
        msgId: handle.messageId,
        transactionId: handle.transactionId,
        bname: 'broker-a',
      },
    },
  ]);
  expect(cluster.broker().requestsOf(RequestCode.END_TRANSACTION)[0].remark).toBe('because');
});

test('an end that the broker refuses is an error', async () => {
  const producer = await start(never);
  const { handle } = await producer.sendHalf(message);
  cluster
    .broker()
    .once(RequestCode.END_TRANSACTION, () => response(ResponseCode.ILLEGAL_OPERATION, { remark: 'gone' }));
  await expect(producer.end(handle, 'COMMIT')).rejects.toMatchObject({ code: 'BROKER_RESPONSE', responseCode: 604 });
});

test('an end works in a later life, which has sent nothing', async () => {
  const { handle } = await (await start(never)).sendHalf(message);
  const later = await start(never);
  await later.end(handle, 'COMMIT');
  expect(cluster.broker().ended).toHaveLength(1);
});

test.each([{ delayLevel: 1 }, { deliverAt: 1_800_000_000_000 }])('a delay is refused: %j', async (delay) => {
  const producer = await start(never);
  await expect(producer.sendHalf({ ...message, ...delay })).rejects.toMatchObject({
    code: 'INVALID_MESSAGE',
    field: 'delayLevel',
  });
});

describe('a check', () => {
  test('of Apache 4.9, which does not name its broker, is known by its connection', async () => {
    const asked: HalfMessageHandle[] = [];
    await start(async (_, handle) => {
      asked.push(handle);
      return 'COMMIT';
    });
    check('ID-1', 'orders', {});
    await cluster.settle();
    expect(asked).toMatchObject([{ brokerName: 'broker-a' }]);
  });

  test('reaches a producer that has sent nothing in this life', async () => {
    const asked: HalfMessageHandle[] = [];
    await start(async (_, handle) => {
      asked.push(handle);
      return 'COMMIT';
    });
    check();
    await cluster.settle();
    expect(asked).toEqual([
      {
        topic: 'orders',
        brokerName: 'broker-a',
        producerGroup: 'orders',
        tranStateTableOffset: 7,
        commitLogOffset: 777,
        messageId: 'ID-1',
        transactionId: 'ID-1',
      },
    ]);
    expect(cluster.broker().ended).toMatchObject([
      {
        oneway: false,
        header: { commitOrRollback: '8', fromTransactionCheck: 'true', commitLogOffset: '777', msgId: 'ID-1' },
      },
    ]);
  });

  test('whose checker fails is answered UNKNOWN, with the reason', async () => {
    await start(() => Promise.reject(new Error('database away')));
    check();
    await cluster.settle();
    expect(cluster.broker().ended).toMatchObject([{ oneway: true, header: { commitOrRollback: '0' } }]);
    expect(cluster.broker().requestsOf(RequestCode.END_TRANSACTION)[0].remark).toBe('database away');
  });

  test('stays unanswered when the checker says nothing', async () => {
    await start(async () => undefined);
    check();
    await cluster.settle(1000);
    expect(cluster.broker().ended).toEqual([]);
  });

  test('of another group is left to others', async () => {
    await start(never);
    check('ID-1', 'another');
    await cluster.settle();
    expect(cluster.broker().ended).toEqual([]);
    expect(cluster.log.find('nobody here can be asked about a half message')?.fields).toMatchObject({
      group: 'another',
    });
  });

  test('is one of so many at a time', async () => {
    const latch = new Latch();
    let running = 0;
    let most = 0;
    await start(
      async () => {
        most = Math.max(most, ++running);
        await latch.pass();
        running--;
        return 'ROLLBACK';
      },
      { checkConcurrency: 3 },
    );
    for (let i = 0; i < 10; i++) check(`ID-${i}`);
    await cluster.settle();
    latch.open();
    await cluster.settle(100);
    expect(most).toBe(3);
    expect(cluster.broker().ended).toHaveLength(10);
  });

  test('under way is answered before stop() ends', async () => {
    const latch = new Latch();
    const producer = await start(async () => {
      await latch.pass();
      return 'COMMIT';
    });
    check();
    await cluster.settle();
    const stopping = producer.stop();
    latch.open();
    await stopping;
    expect(cluster.broker().ended).toHaveLength(1);
    check('ID-2');
    await cluster.settle();
    expect(cluster.broker().ended).toHaveLength(1);
  });
});
