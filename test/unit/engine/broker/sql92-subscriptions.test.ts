import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { BrokerRig, recordsIn, type TestClient } from '../../../support/broker-rig.js';

let rig: BrokerRig;
let client: TestClient;

beforeEach(async () => {
  rig = await BrokerRig.start({ broker: { enablePropertyFilter: true } });
  client = await rig.connect();
  for (const price of [5, 15, 25]) await client.send('T', `at ${price}`, { price: String(price) });
});

afterEach(() => rig.broker.stop());

const subscription = (subString: string, subVersion = 1) => ({
  classFilterMode: false,
  topic: 'T',
  subString,
  tagsSet: [],
  codeSet: [],
  subVersion,
  expressionType: 'SQL92',
});
const subscribe = (subString: string) =>
  client.consumerHeartbeat('G', [], { subscriptionDataSet: [subscription(subString)] });

it('filters what a heartbeat subscribed to', async () => {
  await subscribe('price > 10');
  const answer = await client.pull('G', 'T', { sysFlag: 0 });
  expect(recordsIn(answer).map(({ body }) => body.toString())).toEqual(['at 15', 'at 25']);
  await subscribe('price > 99');
});

it('filters by what the pull says, and wakes it for nothing else', async () => {
  const header = { subscription: 'price BETWEEN 14 AND 16', expressionType: 'SQL92' };
  expect(recordsIn(await client.pull('G', 'T', header))).toHaveLength(1);
  let isAnswered = false;
  const pull = client.pull('G', 'T', { ...header, queueOffset: 3, sysFlag: 6 });
  void pull.then(() => (isAnswered = true));
  await client.send('T', 'dear', { price: '99' });
  await rig.clock.settle();
  expect(isAnswered).toBe(false);
  await client.send('T', 'right', { price: '15' });
  expect(recordsIn(await pull).map(({ body }) => body.toString())).toEqual(['right']);
});

it('lets nothing through when the expression is wrong', async () => {
  const brought = await client.pull('G', 'T', { subscription: 'price >', expressionType: 'SQL92' });
  expect(brought).toMatchObject({ code: 23, remark: expect.stringContaining('Invalid MessageSelector') as string });
  await subscribe('price >');
  expect((await client.pull('G', 'T', { sysFlag: 0 })).code).toBe(27);
  expect((await client.pull('G', 'T', { expressionType: 'XPATH' })).code).toBe(23);
});

it('tells a client beforehand', async () => {
  const check = (subString: string) =>
    client.askJson(RequestCode.CHECK_CLIENT_CONFIG, {
      clientId: 'c1',
      group: 'G',
      subscriptionData: subscription(subString),
    });
  expect((await check('price > 10')).code).toBe(0);
  expect((await check('price >')).code).toBe(23);
  await rig.broker.stop();
  rig = await rig.next({ enablePropertyFilter: false });
  client = await rig.connect();
  expect((await check('price > 10')).code).toBe(1);
  await client.send('T', 'x');
  await subscribe('price > 10');
  expect((await client.pull('G', 'T', { sysFlag: 0 })).remark).toContain('enablePropertyFilter');
});
