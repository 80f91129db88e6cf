import { formatPopHandle, parsePopHandle } from '../../../../lib/engine/message/pop-handle.js';
import type { MessageRecord } from '../../../../lib/engine/message/message.js';
import type { RemotingCommand } from '../../../../lib/engine/protocol/remoting-command.js';
import { popMessageRequest, type PopMessageRequest } from '../../../../lib/engine/protocol/requests/pop-message.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';
import { BrokerRig, jsonIn, recordsIn, type RigOptions, type TestClient } from '../../../support/broker-rig.js';

const REVIVE = 'rmq_sys_REVIVE_LOG_DefaultCluster';
const RETRY = '%RETRY%G_T';

let rig: BrokerRig;
let client: TestClient;

beforeEach(() => startWith({}));
afterEach(() => rig.broker.stop());

async function startWith(broker: RigOptions['broker']): Promise<void> {
  rig = await BrokerRig.start({ broker });
  client = await rig.connect();
}

async function restart(how: 'stop' | 'kill'): Promise<void> {
  if (how === 'stop') await rig.broker.stop();
  else rig.kill();
  rig = await rig.next();
  client = await rig.connect();
}

const pop = (more: Partial<PopMessageRequest> = {}): Promise<RemotingCommand> =>
  client.askWith(RequestCode.POP_MESSAGE, popMessageRequest, {
    consumerGroup: 'G',
    topic: 'T',
    queueId: -1,
    maxMsgNums: 32,
    invisibleTime: 30_000,
    pollTime: 0,
    bornTime: 0,
    initMode: 0,
    ...more,
  });

interface Popped {
  record: MessageRecord;
  handle: string;
}

/** The messages of an answer with their handles, made as Apache's client makes them. */
function poppedIn(answer: RemotingCommand): Popped[] {
  const { popTime, invisibleTime, reviveQid, startOffsetInfo } = answer.extFields;
  const starts = new Map(
    startOffsetInfo.split(';').map((entry) => {
      const [retry, queueId, start] = entry.split(' ');
      return [`${retry}@${queueId}`, start];
    }),
  );
  return recordsIn(answer).map((record) => {
    const own = record.properties.get('POP_CK');
    const start = starts.get(`0@${record.queueId}`);
    const { queueId, queueOffset } = record;
    const handle = own ?? [start, popTime, invisibleTime, reviveQid, 0, 'broker-a', queueId, queueOffset].join(' ');
    return { record, handle };
  });
}

const topicOf = (handle: string): string => (handle.split(' ')[4] === '1' ? RETRY : 'T');
const position = ({ record, handle }: Popped) => ({
  consumerGroup: 'G',
  topic: topicOf(handle),
  queueId: String(record.queueId),
  extraInfo: handle,
  offset: String(record.queueOffset),
});
const ack = (popped: Popped): Promise<RemotingCommand> => client.ask(RequestCode.ACK_MESSAGE, position(popped));
const bodies = (answer: RemotingCommand): string[] => recordsIn(answer).map(({ body }) => body.toString());

async function send(...names: string[]): Promise<void> {
  for (const name of names) await client.send('T', name);
}

describe('a pop', () => {
  it('hands out messages with what their handles are made of', async () => {
    await send('a', 'b');
    await client.send('T', 'c', {}, { queueId: 1 });
    const answer = await pop();
    expect(answer).toMatchObject({ code: 0, remark: 'FOUND' });
    expect(bodies(answer).sort()).toEqual(['a', 'b', 'c']);
    expect(answer.extFields).toMatchObject({
      popTime: String(rig.clock.now()),
      invisibleTime: '30000',
      reviveQid: '0',
      restNum: '0',
    });
    expect(answer.extFields.startOffsetInfo.split(';').sort()).toEqual(['0 0 0', '0 1 0']);
    expect(answer.extFields.msgOffsetInfo.split(';').sort()).toEqual(['0 0 0,1', '0 1 0']);
    expect((await pop()).code).toBe(210);
  });

  it('stores a check point in Apache’s form', async () => {
    await send('a', 'b');
    await pop();
    const [point] = rig.store.recordsOf('rmq_sys_wheel_timer');
    const now = rig.clock.now();
    expect(JSON.parse(point.body.toString())).toEqual({
      bm: 0,
      bn: 'broker-a',
      c: 'G',
      d: [0, 1],
      it: 30_000,
      n: 2,
      pt: now,
      q: 0,
      ro: 0,
      so: 0,
      t: 'T',
    });
    expect(Object.fromEntries(point.properties)).toMatchObject({
      TAGS: 'ck',
      TIMER_DELIVER_MS: String(now + 29_000),
      UNIQ_KEY: `T@0@0@G@${now}@broker-a@ck`,
      REAL_TOPIC: REVIVE,
    });
  });

  it('waits for a message as long as it is told to', async () => {
    await send('first');
    await pop();
    const waiting = pop({ pollTime: 10_000 });
    await rig.clock.advance(3000);
    const info = { consumerGroup: 'G', topic: 'T', queueId: '-1' };
    expect((await client.ask(RequestCode.POLLING_INFO, info)).extFields.pollingNum).toBe('1');
    await send('second');
    expect(bodies(await waiting)).toEqual(['second']);
    const inVain = pop({ pollTime: 10_000 });
    await rig.clock.advance(10_000);
    expect(await inVain).toMatchObject({ code: 210, extFields: { startOffsetInfo: '', msgOffsetInfo: '' } });
  });

  it('of a client that has gone takes nothing', async () => {
    const other = await rig.connect('c2');
    const request = { consumerGroup: 'G', topic: 'T', queueId: -1, maxMsgNums: 32, invisibleTime: 30_000 };
    await send('first');
    expect(bodies(await pop())).toEqual(['first']);
    const waiting = other.askWith(RequestCode.POP_MESSAGE, popMessageRequest, {
      ...request,
      pollTime: 60_000,
      bornTime: 0,
      initMode: 0,
    });
    const lost = expect(waiting).rejects.toThrow('closed');
    await rig.clock.settle();
    other.channel.close();
    await lost;
    await send('second');
    expect(bodies(await pop())).toEqual(['second']);
  });

  it('of many that wait gives each message to one', async () => {
    await send('first');
    await pop();
    const waiting = Array.from({ length: 5 }, () => pop({ pollTime: 10_000, maxMsgNums: 1 }));
    await send('a', 'b', 'c');
    await rig.clock.advance(10_000);
    const answers = await Promise.all(waiting);
    expect(answers.flatMap(bodies).sort()).toEqual(['a', 'b', 'c']);
  });

  it('begins where initMode says', async () => {
    await rig.broker.stop();
    rig = await BrokerRig.start({ physicalMemoryBytes: 100 });
    client = await rig.connect();
    await send('a', 'b', 'c');
    expect(bodies(await pop({ initMode: 1, queueId: 0 }))).toEqual(['c']);
    expect(bodies(await pop({ consumerGroup: 'H', queueId: 0 }))).toEqual(['a', 'b', 'c']);
  });

  it('filters', async () => {
    await client.send('T', 'a', { TAGS: 'A' });
    await client.send('T', 'b', { TAGS: 'B' });
    expect(bodies(await pop({ exp: 'B', expType: 'TAG' }))).toEqual(['b']);
    expect((await pop({ exp: 'x > 1', expType: 'SQL92' })).code).toBe(1);
    expect((await pop({ exp: '||', expType: 'TAG' })).code).toBe(23);
  });

  it.each([
    [{ topic: 'Nope' }, 17],
    [{ maxMsgNums: 33 }, 29],
    [{ invisibleTime: 0 }, 29],
    [{ queueId: 9 }, 29],
    [{ consumerGroup: 'a b' }, 26],
  ])('%j is refused with %d', async (more, code) => {
    await send('a');
    expect((await pop(more)).code).toBe(code);
  });
});

describe('a message that is not acknowledged in time', () => {
  it('comes again, under its own topic, with its handle and one reconsumption more', async () => {
    await send('a', 'b');
    const [first, second] = poppedIn(await pop());
    expect((await ack(second)).code).toBe(0);
    await rig.clock.advance(30_999);
    expect(rig.store.recordsOf(RETRY)).toHaveLength(0);
    await rig.clock.advance(1);
    const [again, ...others] = poppedIn(await pop());
    expect(others).toEqual([]);
    expect(again.record).toMatchObject({ topic: 'T', reconsumeTimes: 1 });
    expect(again.record.body.toString()).toBe(first.record.body.toString());
    expect(again.record.properties.get('1ST_POP_TIME')).toBe(first.handle.split(' ')[1]);
    expect(parsePopHandle(again.handle)).toMatchObject({ retry: '1', queueId: 0, queueOffset: 0 });
    expect((await ack(again)).code).toBe(0);
    await rig.clock.advance(120_000);
    expect(rig.store.recordsOf(RETRY)).toHaveLength(1);
  });

  it('comes to a pop that waits', async () => {
    await send('a');
    await pop();
    const waiting = pop({ pollTime: 60_000 });
    await rig.clock.advance(31_000);
    expect(bodies(await waiting)).toEqual(['a']);
  });

  it.each(['stop', 'kill'] as const)('comes again, and no other, over a %s between any two steps', async (how) => {
    await send('a', 'b', 'c');
    const popped = poppedIn(await pop());
    await restart(how);
    await ack(popped[0]);
    await restart(how);
    await ack(popped[2]);
    await rig.clock.advance(29_500);
    await restart(how);
    await rig.clock.advance(40_000);
    await restart(how);
    await rig.clock.advance(40_000);
    const again = rig.store.recordsOf(RETRY).map(({ body }) => body.toString());
    expect(new Set(again)).toEqual(new Set(['b']));
    if (how === 'stop') expect(again).toEqual(['b']);
  });

  it('may be given back early or kept longer', async () => {
    await send('a');
    const [popped] = poppedIn(await pop());
    const change = (one: Popped, invisibleTime: number) =>
      client.ask(RequestCode.CHANGE_MESSAGE_INVISIBLETIME, { ...position(one), invisibleTime: String(invisibleTime) });
    const longer = await change(popped, 100_000);
    expect(longer).toMatchObject({ code: 0, extFields: { popTime: String(rig.clock.now()), invisibleTime: '100000' } });
    await rig.clock.advance(60_000);
    expect(rig.store.recordsOf(RETRY)).toHaveLength(0);
    const { popTime } = longer.extFields;
    const handle = formatPopHandle({
      ...parsePopHandle(popped.handle)!,
      startOffset: 0,
      popTime: Number(popTime),
      invisibleTime: 100_000,
    });
    await change({ ...popped, handle }, 1000);
    await rig.clock.advance(3000);
    expect(rig.store.recordsOf(RETRY)).toHaveLength(1);
    await rig.clock.advance(200_000);
    expect(rig.store.recordsOf(RETRY)).toHaveLength(1);
  });
});

describe('acknowledging', () => {
  it('many at once spares all of them', async () => {
    await send('a', 'b', 'c');
    const answer = await pop();
    const { popTime, invisibleTime, reviveQid } = answer.extFields;
    const bits = Buffer.from([0b101]).toString('base64');
    const common = { c: 'G', t: 'T', r: '0', so: 0, q: 0, rq: Number(reviveQid) };
    const batch = await client.askJson(RequestCode.BATCH_ACK_MESSAGE, {
      brokerName: 'broker-a',
      acks: [{ ...common, pt: Number(popTime), it: Number(invisibleTime), b: bits }],
    });
    expect(batch.code).toBe(0);
    await rig.clock.advance(60_000);
    expect(rig.store.recordsOf(RETRY).map(({ body }) => body.toString())).toEqual(['b']);
    expect((await client.askJson(RequestCode.BATCH_ACK_MESSAGE, { acks: [] })).code).toBe(208);
  });

  it.each([-1, 8, 2 ** 31])('of many needs a revive queue that is there, not %i', async (rq) => {
    await send('a');
    const ack = { c: 'G', t: 'T', r: '0', so: 0, q: 0, rq, pt: 0, it: 0, b: 'AQ==' };
    const answer = await client.askJson(RequestCode.BATCH_ACK_MESSAGE, { acks: [ack] });
    expect(answer).toMatchObject({ code: 13, remark: `there is no revive queue ${rq} (rq)` });
  });

  it('needs a place that is there and a handle', async () => {
    await send('a');
    const [popped] = poppedIn(await pop());
    const asked = (more: Record<string, string>) =>
      client.ask(RequestCode.ACK_MESSAGE, { ...position(popped), ...more });
    expect((await asked({ offset: '7' })).code).toBe(208);
    expect((await asked({ queueId: '9' })).code).toBe(13);
    expect((await asked({ topic: 'Nope' })).code).toBe(17);
    expect((await asked({ extraInfo: 'junk' })).code).toBe(13);
    expect((await asked({ extraInfo: popped.handle.replace(' 30000 0 ', ' 30000 77 ') })).code).toBe(13);
  });
});

describe('in order', () => {
  const inOrder = { order: true, queueId: 0, maxMsgNums: 2 };

  it('a queue is blocked until all its messages are acknowledged', async () => {
    await send('a', 'b', 'c');
    const first = await pop(inOrder);
    expect(bodies(first)).toEqual(['a', 'b']);
    expect(first.extFields).toMatchObject({ reviveQid: '999', orderCountInfo: '0 0 0' });
    expect((await pop(inOrder)).code).toBe(210);
    const waiting = pop({ ...inOrder, pollTime: 10_000 });
    const [a, b] = poppedIn(first);
    await ack(b);
    await rig.clock.settle();
    await ack(a);
    expect(bodies(await waiting)).toEqual(['c']);
  });

  it('what is not acknowledged comes again first, with its count', async () => {
    await send('a', 'b', 'c');
    const [a] = poppedIn(await pop(inOrder));
    await ack(a);
    const waiting = pop({ ...inOrder, pollTime: 60_000 });
    await rig.clock.advance(31_000);
    const again = await waiting;
    expect(bodies(again)).toEqual(['b', 'c']);
    expect(again.extFields.orderCountInfo).toBe('0 qo0%1 1;0 qo0%2 0;0 0 0');
    expect(rig.store.recordsOf(RETRY)).toHaveLength(0);
  });

  it('a repeated attempt gets the same messages', async () => {
    await send('a');
    expect(bodies(await pop({ ...inOrder, attemptId: 'x' }))).toEqual(['a']);
    expect((await pop({ ...inOrder, attemptId: 'y' })).code).toBe(210);
    expect(bodies(await pop({ ...inOrder, attemptId: 'x' }))).toEqual(['a']);
  });
});

it('tells whether there is anything to pop', async () => {
  const ask = (pollTime: number) =>
    client.ask(RequestCode.NOTIFICATION, {
      consumerGroup: 'G',
      topic: 'T',
      queueId: '-1',
      pollTime: String(pollTime),
      bornTime: '0',
    });
  await send('a');
  expect((await ask(0)).extFields).toEqual({ hasMsg: 'true', pollingFull: 'false' });
  await pop();
  expect((await ask(0)).extFields.hasMsg).toBe('false');
  const waiting = ask(10_000);
  await send('b');
  expect((await waiting).extFields.hasMsg).toBe('true');
  expect(jsonIn(await client.ask(RequestCode.GET_TOPIC_CONFIG, { topic: REVIVE }))).toMatchObject({ readQueueNums: 8 });
});
