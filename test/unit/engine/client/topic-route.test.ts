import {
  decodeTopicRoute,
  isSameRoute,
  toProvisionalRoute,
  toTopicRoute,
} from '../../../../lib/engine/client/topic-route.js';
import type { TopicRouteData } from '../../../../lib/engine/protocol/bodies/topic-route-data.js';

const queueData = (brokerName: string, more: object = {}) => ({
  brokerName,
  readQueueNums: 2,
  writeQueueNums: 2,
  perm: 6,
  topicSysFlag: 0,
  ...more,
});
const brokerData = (brokerName: string, brokerAddrs: Record<string, string> = { 0: `${brokerName}:1` }) => ({
  cluster: 'c',
  brokerName,
  brokerAddrs,
});
const route = (more: Partial<TopicRouteData>): TopicRouteData => ({
  queueDatas: [queueData('b'), queueData('a')],
  brokerDatas: [brokerData('b'), brokerData('a')],
  filterServerTable: {},
  ...more,
});
const ids = (queues: readonly { brokerName: string; queueId: number }[]): string[] =>
  queues.map(({ brokerName, queueId }) => `${brokerName}${queueId}`);

test('queues are sorted by broker', () => {
  expect(ids(toTopicRoute('T', route({})).publishQueues)).toEqual(['a0', 'a1', 'b0', 'b1']);
});

test('what may not be written or has no master is read only', () => {
  const { publishQueues, subscribeQueues } = toTopicRoute(
    'T',
    route({
      queueDatas: [queueData('a', { perm: 4 }), queueData('b'), queueData('c', { perm: 2 })],
      brokerDatas: [brokerData('a'), brokerData('b', { 1: 'b:2' }), brokerData('c')],
    }),
  );
  expect(ids(publishQueues)).toEqual(['c0', 'c1']);
  expect(ids(subscribeQueues)).toEqual(['a0', 'a1', 'b0', 'b1']);
});

test('an ordered topic has its queues as configured, whatever is alive', () => {
  const ordered = toTopicRoute('T', route({ orderTopicConf: 'b:1;x:2' }));
  expect(ids(ordered.publishQueues)).toEqual(['b0', 'x0', 'x1']);
});

test('a topic that is to be created has as many queues as both sides allow, and nothing to read', () => {
  const data = route({ queueDatas: [queueData('a', { readQueueNums: 8 }), queueData('b', { readQueueNums: 1 })] });
  const young = toProvisionalRoute('T', data, 4);
  expect(ids(young.publishQueues)).toEqual(['a0', 'a1', 'a2', 'a3', 'b0']);
  expect(young).toMatchObject({ subscribeQueues: [], isProvisional: true });
});

test('routes are the same in any order of brokers, and not with another address', () => {
  const one = toTopicRoute('T', route({}));
  const other = toTopicRoute(
    'T',
    route({ brokerDatas: [brokerData('a'), brokerData('b')], queueDatas: [queueData('a'), queueData('b')] }),
  );
  const moved = toTopicRoute('T', route({ brokerDatas: [brokerData('a', { 0: 'elsewhere:1' }), brokerData('b')] }));
  expect(isSameRoute(one, other)).toBe(true);
  expect(isSameRoute(one, moved)).toBe(false);
});

describe('the body of a route', () => {
  test.each([
    '{"brokerDatas":[{"brokerAddrs":{"0":"h:1"},"brokerName":"a","cluster":"c","enableActingMaster":false}],"filterServerTable":{},"queueDatas":[{"brokerName":"a","perm":7,"readQueueNums":8,"topicSysFlag":0,"writeQueueNums":8}]}',
    '{"brokerDatas":[{"brokerAddrs":{0:"h:1"},"brokerName":"a","cluster":"c"}],"queueDatas":[{"brokerName":"a","perm":7,"readQueueNums":8,"writeQueueNums":8}]}',
  ])('is read as new and as old name servers write it', (text) => {
    expect(decodeTopicRoute(Buffer.from(text))).toMatchObject({
      brokerDatas: [{ brokerName: 'a', brokerAddrs: { 0: 'h:1' } }],
      queueDatas: [{ brokerName: 'a', readQueueNums: 8, writeQueueNums: 8, perm: 7, topicSysFlag: 0 }],
    });
  });

  test.each([
    'x',
    '[]',
    '{"queueDatas":{}}',
    '{"queueDatas":[{"brokerName":"a","readQueueNums":-1,"writeQueueNums":1,"perm":6}]}',
    '{"queueDatas":[{"brokerName":"a","readQueueNums":2000000000,"writeQueueNums":1,"perm":6}]}',
    '{"brokerDatas":[{"brokerName":"a","cluster":"c","brokerAddrs":{"0":1}}]}',
  ])('that is none is refused: %s', (text) => {
    expect(() => decodeTopicRoute(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'PROTOCOL' }) as Error);
  });
});
