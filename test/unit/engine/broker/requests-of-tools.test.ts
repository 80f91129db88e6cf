import { changeableOptions } from '../../../../lib/engine/broker/changeable-options.js';
import { encodeQueueOffsets } from '../../../../lib/engine/protocol/bodies/queue-offsets.js';
import { response } from '../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { BrokerRig, jsonIn, recordsIn, type TestClient } from '../../../support/broker-rig.js';

let rig: BrokerRig;
let client: TestClient;

beforeEach(async () => {
  rig = await BrokerRig.start();
  client = await rig.connect();
});
afterEach(() => rig.broker.stop());

describe('a list of topics', () => {
  const put = (...topicConfigList: object[]) =>
    client.askJson(RequestCode.UPDATE_AND_CREATE_TOPIC_LIST, { topicConfigList });
  const topic = async (name: string) => client.ask(RequestCode.GET_TOPIC_CONFIG, { topic: name });

  it('is created, changed and survives a kill', async () => {
    const first = { topicName: 'A', readQueueNums: 2, writeQueueNums: 2, attributes: { '+message.type': 'FIFO' } };
    expect((await put(first, { topicName: 'B', perm: 4 })).code).toBe(0);
    expect((await put({ ...first, attributes: { '-message.type': '' } })).code).toBe(0);
    rig.kill();
    rig = await rig.next();
    client = await rig.connect();
    expect(jsonIn(await topic('A'))).toMatchObject({ readQueueNums: 2, attributes: {} });
    expect(jsonIn(await topic('B'))).toMatchObject({ readQueueNums: 16, perm: 4 });
  });

  it.each([
    [{ topicName: 'a/b' }, 29],
    [{ topicName: 'TBW102' }, 29],
    [{ topicName: 'C', readQueueNums: 1e6 }, 29],
    [{ topicName: 'C', attributes: { '+queue.type': 'BatchCQ' } }, 29],
    [{}, 1],
  ])('is refused as a whole for %j', async (bad, code) => {
    expect((await put({ topicName: 'A' }, bad)).code).toBe(code);
    expect((await topic('A')).code).toBe(17);
  });
});

describe('settings', () => {
  const update = (text: string) => client.ask(RequestCode.UPDATE_BROKER_CONFIG, {}, Buffer.from(text));
  const all = async () => (await client.ask(RequestCode.GET_BROKER_CONFIG)).body?.toString() ?? '';

  it('are lines by name', async () => {
    expect(await all()).toMatch(/^accessMessageInMemoryMaxRatio=40\nautoCreateSubscriptionGroup=true\n/);
  });

  it('may be changed while the broker runs, and count at once', async () => {
    expect((await client.send('T', 'a')).code).toBe(0);
    expect((await update('# less\nmaxMessageSize=10\nautoCreateTopicEnable=false\n')).code).toBe(0);
    expect(await all()).toContain('\nmaxMessageSize=10\n');
    expect((await client.send('T', 'more than ten bytes')).code).toBe(13);
    expect((await client.send('Other', 'a')).code).toBe(17);
    await update('maxMessageSize=100\nautoCreateTopicEnable=true\n');
    expect((await client.send('Other', 'more than ten bytes')).code).toBe(0);
  });

  it.each([
    ['brokerIP1=10.0.0.1', 'brokerIP1: cannot be changed while the broker runs'],
    ['brokerConfigPath=/tmp/x', 'brokerConfigPath: a broker has no such option'],
    ['autoCreateTopicEnabled=true', 'did you mean autoCreateTopicEnable?'],
    ['maxMessageSize=0', 'maxMessageSize: must be an integer from 1 to 16777216, but is 0'],
    ['recallMessageEnable=yes', 'recallMessageEnable: must be true or false'],
  ])('are refused, and nothing is changed: %s', async (line, remark) => {
    const before = await all();
    expect(await update(`rejectTransactionMessage=true\n${line}\n`)).toMatchObject({
      code: 16,
      remark: expect.stringContaining(remark) as string,
    });
    expect(await all()).toBe(before);
  });

  it('that may be changed are none of a path, an address or a name', () => {
    expect(changeableOptions.filter((name) => /Path|Dir|Addr|IP|Name$|[pP]ort/.test(name))).toEqual([]);
  });
});

describe('a peek', () => {
  const peek = (more: Record<string, string> = {}) =>
    client.ask(RequestCode.PEEK_MESSAGE, { consumerGroup: 'G', topic: 'T', queueId: '-1', maxMsgNums: '3', ...more });
  const bodies = async (...asked: Parameters<typeof peek>) =>
    recordsIn(await peek(...asked)).map(({ body }) => body.toString());

  it('shows what is to be popped, again and again', async () => {
    for (const body of ['a', 'b']) await client.send('T', body, {}, { queueId: 1 });
    for (const body of ['c', 'd']) await client.send('T', body, {}, { queueId: 2 });
    expect(await bodies()).toHaveLength(3);
    expect((await peek()).extFields).toMatchObject({ restNum: '4' });
    expect(await bodies({ queueId: '2', maxMsgNums: '9' })).toEqual(['c', 'd']);
    expect(await bodies({ queueId: '2', maxMsgNums: '9' })).toEqual(['c', 'd']);
  });

  it('begins where the group is, and finds nothing behind the end', async () => {
    for (const body of ['a', 'b']) await client.send('T', body);
    await client.consumerHeartbeat('G', ['T']);
    const commit = (commitOffset: string) =>
      client.ask(RequestCode.UPDATE_CONSUMER_OFFSET, { consumerGroup: 'G', topic: 'T', queueId: '0', commitOffset });
    await commit('1');
    expect(await bodies()).toEqual(['b']);
    await commit('2');
    expect(await peek()).toMatchObject({ code: 19, extFields: { restNum: '0' } });
  });

  it('shows the retries of a group that pops, too', async () => {
    await client.send('T', 'x');
    await client.send('%RETRY%G_T', 'again');
    expect(await bodies()).toEqual(['x', 'again']);
  });

  it.each([
    [{ topic: 'Nope' }, 17],
    [{ queueId: '9' }, 29],
    [{ consumerGroup: 'a/b' }, 26],
  ])('is refused for %j', async (more, code) => {
    await client.send('T', 'x');
    expect((await peek(more)).code).toBe(code);
  });
});

it('the slowest group of each queue, but for those left out, and against one', async () => {
  await client.send('T', 'x');
  await client.consumerHeartbeat('A', ['T']);
  await client.consumerHeartbeat('B', ['T']);
  const commits: [group: string, queueId: string, offset: string][] = [
    ['A', '0', '5'],
    ['A', '1', '7'],
    ['B', '0', '3'],
    ['B', '1', '9'],
  ];
  for (const [consumerGroup, queueId, commitOffset] of commits) {
    await client.ask(RequestCode.UPDATE_CONSUMER_OFFSET, { consumerGroup, topic: 'T', queueId, commitOffset });
  }
  const correction = async (compareGroup: string, filterGroups = '') => {
    const fields = { topic: 'T', compareGroup, filterGroups };
    return (await client.ask(RequestCode.QUERY_CORRECTION_OFFSET, fields)).body?.toString();
  };
  expect(await correction('A')).toBe('{"correctionOffsets":{0:3,1:7}}');
  expect(await correction('A', 'B')).toBe('{"correctionOffsets":{0:5,1:7}}');
  expect(await correction('B', 'B')).toBe('{"correctionOffsets":{0:9223372036854775807,1:7}}');
});

describe('the status of consumers', () => {
  const ask = (more: Record<string, string> = {}) =>
    client.ask(RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS, { topic: 'T', group: 'G', ...more });
  const body = encodeQueueOffsets('messageQueueTable', [
    { queue: { topic: 'T', brokerName: 'broker-a', queueId: 1 }, offset: 7 },
  ]);

  it('is what each of them says, and leaves out who does not answer', async () => {
    const [first, second] = [await rig.connect('one'), await rig.connect('two')];
    first.onRequest = ({ code, extFields }) => {
      expect({ code, extFields }).toEqual({ code: 221, extFields: { topic: 'T', group: 'G' } });
      return response(0, { body });
    };
    second.onRequest = () => response(1, { remark: 'I would rather not' });
    for (const member of [first, second]) await member.consumerHeartbeat('G', ['T']);
    const known =
      '{"consumerTable":{"one":{{"brokerName":"broker-a","queueId":1,"topic":"T"}:7}},"messageQueueTable":{}}';
    expect((await ask()).body?.toString()).toBe(known);
    expect((await ask({ clientAddr: 'one' })).body?.toString()).toBe(known);
    expect((await ask({ clientAddr: 'two' })).body?.toString()).toBe('{"consumerTable":{},"messageQueueTable":{}}');
  });

  it('needs a group that is online', async () => {
    expect(await ask()).toMatchObject({ code: 1, remark: 'No Any Consumer online in the consumer group: [G]' });
  });
});

it.each([
  [RequestCode.DELETE_EXPIRED_COMMITLOG, 0],
  [RequestCode.POP_ROLLBACK, 0],
  [RequestCode.RESET_MASTER_FLUSH_OFFSET, 0],
  [RequestCode.NOTIFY_MIN_BROKER_ID_CHANGE, 0],
  [RequestCode.GET_BROKER_EPOCH_CACHE, 1],
])('code %i needs nothing and is answered %i', async (code, answer) => {
  expect((await client.ask(code)).code).toBe(answer);
});

it('what this broker has no meaning for is refused with the reason', async () => {
  expect(await client.ask(RequestCode.AUTH_LIST_USER)).toMatchObject({
    code: 3,
    remark: ' request type 3005 not supported: access control is off; start the broker with authenticationEnabled=true',
  });
});
