import { withActingMasters, withinZone } from '../../../../lib/engine/namesrv/route-view.js';
import type { BrokerData, TopicRouteData } from '../../../../lib/engine/protocol/bodies/topic-route-data.js';

function route(...brokers: (BrokerData & { perm?: number })[]): TopicRouteData {
  return {
    queueDatas: brokers.map(({ brokerName, perm = 6 }) => ({
      brokerName,
      readQueueNums: 1,
      writeQueueNums: 1,
      perm,
      topicSysFlag: 0,
    })),
    brokerDatas: brokers.map(({ perm: _perm, ...data }) => data),
    filterServerTable: {},
  };
}

const broker = (brokerName: string, changes: Partial<BrokerData> & { perm?: number } = {}) => ({
  cluster: 'C',
  brokerName,
  brokerAddrs: { 0: `${brokerName}0` },
  ...changes,
});

describe('withActingMasters', () => {
  const addressesOf = (data: TopicRouteData) => withActingMasters(data).brokerDatas[0].brokerAddrs;
  const slaves = { 2: 's2', 1: 's1' };

  test('the smallest id is shown as the master of a set that lost its own', () => {
    expect(addressesOf(route(broker('a', { brokerAddrs: slaves, enableActingMaster: true, perm: 4 })))).toEqual({
      0: 's1',
      2: 's2',
    });
  });

  test.each([
    ['the set has a master', broker('a', { brokerAddrs: { 0: 'm', ...slaves }, enableActingMaster: true, perm: 4 })],
    ['its slaves may not stand in', broker('a', { brokerAddrs: slaves, perm: 4 })],
    ['the topic can still be written', broker('a', { brokerAddrs: slaves, enableActingMaster: true, perm: 6 })],
  ])('nothing changes when %s', (_name, data) => {
    expect(addressesOf(route(data))).toEqual(data.brokerAddrs);
  });
});

test('a zone sees its own brokers, whatever the case, and those without a master', () => {
  const all = route(
    broker('own', { zoneName: 'Z1' }),
    broker('other', { zoneName: 'z2' }),
    broker('unzoned'),
    broker('orphan', { zoneName: 'z2', brokerAddrs: { 1: 's' } }),
  );
  const view = withinZone(all, 'z1');
  expect(view.brokerDatas.map(({ brokerName }) => brokerName)).toEqual(['own', 'orphan']);
  expect(view.queueDatas.map(({ brokerName }) => brokerName)).toEqual(['own', 'orphan']);
});
