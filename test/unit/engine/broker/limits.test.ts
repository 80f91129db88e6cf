import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { BrokerRig } from '../../../support/broker-rig.js';

let rig: BrokerRig;

beforeAll(async () => (rig = await BrokerRig.start({ broker: { maxSubscriptionsPerHeartbeat: 100 } })));
afterAll(async () => rig.broker.stop());

const heartbeat = (consumers: object[], clientID = 'c'): Buffer =>
  Buffer.from(JSON.stringify({ clientID, producerDataSet: [], consumerDataSet: consumers }));
const consumer = (groupName: string, topics: number): object => ({
  groupName,
  subscriptionDataSet: Array.from({ length: topics }, (_, i) => ({ topic: `t${i}`, subString: '*' })),
});

async function refusal(code: number, body: Buffer): Promise<string | undefined> {
  const client = await rig.connect();
  const answer = await client.ask(code, {}, body);
  return answer.code === 0 ? undefined : `${answer.code} ${answer.remark}`;
}

test('a heartbeat of 10,000 subscriptions', async () => {
  expect(await refusal(RequestCode.HEART_BEAT, heartbeat([consumer('g', 10_000)]))).toBe(
    '29 the heartbeat has 10001 subscriptions and groups; at most 100 are allowed (maxSubscriptionsPerHeartbeat)',
  );
  expect(await refusal(RequestCode.HEART_BEAT, heartbeat([consumer('g', 99)]))).toBeUndefined();
});

test('names that are longer than any', async () => {
  const long = 'n'.repeat(256);
  expect(await refusal(RequestCode.HEART_BEAT, heartbeat([consumer(long, 1)]))).toMatch('has 256 characters');
  expect(await refusal(RequestCode.HEART_BEAT, heartbeat([], long))).toMatch('has 256 characters');
});

test('a body that is larger than any client makes it is not even read', async () => {
  const nonsense = Buffer.alloc(1024 * 1024 + 1, '[');
  for (const code of [
    RequestCode.HEART_BEAT,
    RequestCode.LOCK_BATCH_MQ,
    RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  ]) {
    expect(await refusal(code, nonsense)).toBe(
      `29 the body of request ${code} has 1048577 bytes; at most 1048576 are allowed (maxControlBodySize)`,
    );
  }
});

test('JSON that is nested too deep', async () => {
  expect(await refusal(RequestCode.HEART_BEAT, Buffer.alloc(100_000, '['))).toMatch('nested deeper than 64 levels');
});

test('a filter that is too long or too deep', async () => {
  const check = (subString: string) =>
    refusal(
      RequestCode.CHECK_CLIENT_CONFIG,
      Buffer.from(JSON.stringify({ subscriptionData: { topic: 't', subString, expressionType: 'SQL92' } })),
    );
  await (await rig.connect()).ask(RequestCode.UPDATE_BROKER_CONFIG, {}, Buffer.from('enablePropertyFilter=true'));
  expect(await check('a > 1')).toBeUndefined();
  expect(await check(`a IN ('${'x'.repeat(9000)}')`)).toMatch('at most 8192');
  expect(await check(`${'('.repeat(65)}a > 1${')'.repeat(65)}`)).toMatch('deeper than 64 levels');
});
