import type { ProducerHook, SendAttempt, SendOutcome } from '../../../../../lib/engine/client/hooks/producer-hook.js';
import { Producer } from '../../../../../lib/engine/client/producer/producer.js';
import type { Message } from '../../../../../lib/engine/message/message.js';
import { response } from '../../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../../../../lib/engine/protocol/response-code.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

let cluster: ScriptedCluster;
const message: Message = { topic: 'orders', body: Buffer.from('hello'), tag: 'paid', keys: 'k1 k2' };

async function start(hooks: ProducerHook[]): Promise<Producer> {
  const producer = new Producer(await cluster.client(), { group: 'orders', hooks });
  await producer.start();
  return producer;
}

beforeEach(async () => {
  cluster = new ScriptedCluster();
  await cluster.start('broker-a', 'broker-b');
  cluster.createTopic('orders', { 'broker-a': 1, 'broker-b': 1 });
});

test('hooks see each attempt with its message, and how it ended', async () => {
  const seen: [SendAttempt, SendOutcome | undefined][] = [];
  const producer = await start([{ afterSend: (attempt, outcome) => void seen.push([attempt, outcome]) }]);
  cluster
    .broker('broker-a')
    .once(RequestCode.SEND_MESSAGE_V2, () => response(ResponseCode.SYSTEM_ERROR, { remark: 'no' }));
  cluster
    .broker('broker-b')
    .once(RequestCode.SEND_MESSAGE_V2, () => response(ResponseCode.SYSTEM_ERROR, { remark: 'no' }));
  const result = await producer.send(message);
  expect(seen).toHaveLength(3);
  expect(seen.map(([, outcome]) => outcome?.status)).toEqual([undefined, undefined, 'SEND_OK']);
  expect(seen[0][1]).toMatchObject({ error: { responseCode: ResponseCode.SYSTEM_ERROR } });
  const [attempt, outcome] = seen[2];
  expect(attempt).toMatchObject({
    producerGroup: 'orders',
    topic: 'orders',
    queue: result.queue,
    isOneway: false,
    messageId: result.messageId,
    messageType: 'NORMAL',
  });
  expect(attempt.properties.get('TAGS')).toBe('paid');
  expect(outcome).toEqual({
    status: 'SEND_OK',
    offsetMessageId: result.offsetMessageId,
    regionId: 'DefaultRegion',
    traceOn: true,
  });
});

test('kinds of messages are told apart', async () => {
  const types: string[] = [];
  const producer = await start([{ beforeSend: ({ messageType }) => void types.push(messageType) }]);
  await producer.send({ ...message, delayLevel: 3 });
  await producer.send({ ...message, deliverAt: 1e13 });
  await producer.sendOneway(message);
  await producer.sendBatch([message, message]);
  expect(types).toEqual(['DELAY', 'DELAY', 'NORMAL', 'NORMAL']);
});

test('a hook that throws is logged; the others are called and the message is sent', async () => {
  const fail = (): never => {
    throw new Error('hook');
  };
  let seen = 0;
  const producer = await start([
    { beforeSend: fail, afterSend: fail },
    {
      afterSend: () => {
        seen++;
      },
    },
  ]);
  await producer.send(message);
  await producer.sendOneway(message);
  expect(seen).toBe(2);
  expect(cluster.log.find('a hook failed')?.fields).toMatchObject({ error: { message: 'hook' } });
});

test('checkForbidden refuses a send: nothing leaves, nothing is tried elsewhere', async () => {
  let asked = 0;
  const producer = await start([
    {
      checkForbidden: ({ topic }) => {
        asked++;
        throw new Error(`${topic} is forbidden`);
      },
    },
  ]);
  await expect(producer.send(message)).rejects.toThrow('orders is forbidden');
  await expect(producer.sendOneway(message)).rejects.toThrow('orders is forbidden');
  expect(asked).toBe(2);
  for (const broker of cluster.brokers.values()) expect(broker.requestsOf(RequestCode.SEND_MESSAGE_V2)).toEqual([]);
});
