import { RouteTable, type Registration } from '../../../../lib/engine/namesrv/route-table.js';
import type { TopicConfig } from '../../../../lib/engine/protocol/bodies/topic-config.js';

function topic(topicName: string, changes: Partial<TopicConfig> = {}): TopicConfig {
  return {
    topicName,
    readQueueNums: 8,
    writeQueueNums: 8,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: {},
    ...changes,
  };
}

function registration(changes: Partial<Registration> = {}): Registration {
  return {
    clusterName: 'C',
    brokerName: 'a',
    brokerId: 0,
    brokerAddr: '10.0.0.1:10911',
    haServerAddr: '10.0.0.1:10912',
    heartbeatTimeoutMs: 120_000,
    dataVersion: { stateVersion: 0, timestamp: 1000, counter: 1 },
    topics: [topic('T'), topic('U')],
    ...changes,
  };
}

const version = (counter: number, stateVersion = 0) => ({ stateVersion, timestamp: 1000, counter });
const permOf = (routes: RouteTable, name: string, brokerName = 'a') =>
  routes.route(name)?.queueDatas.find((data) => data.brokerName === brokerName)?.perm;

describe('a registration', () => {
  test('makes its topics known', () => {
    const routes = new RouteTable();
    expect(routes.register(registration(), 1, 0)).toEqual({ status: 'REGISTERED' });
    expect(routes.route('T')).toEqual({
      queueDatas: [{ brokerName: 'a', readQueueNums: 8, writeQueueNums: 8, perm: 6, topicSysFlag: 0 }],
      brokerDatas: [
        {
          cluster: 'C',
          brokerName: 'a',
          brokerAddrs: { 0: '10.0.0.1:10911' },
          enableActingMaster: false,
          zoneName: undefined,
        },
      ],
      filterServerTable: {},
    });
    expect(routes.route('other')).toBeUndefined();
    expect(routes.topics()).toEqual(['T', 'U']);
    expect(routes.clusters()).toEqual(new Map([['C', new Set(['a'])]]));
  });

  test('of one topic only is refused until the broker has registered', () => {
    const routes = new RouteTable();
    const single = registration({ topics: [topic('V')], dataVersion: version(2) });
    expect(routes.register(single, 1, 0)).toMatchObject({ status: 'REFUSED' });
    expect([routes.topics(), routes.allBrokers(), routes.clusters().size]).toEqual([[], [], 0]);
    routes.register(registration(), 1, 0);
    expect(routes.register(single, 1, 0)).toMatchObject({ status: 'REGISTERED' });
    expect(routes.topics()).toEqual(['T', 'U', 'V']);
  });

  test('changes topics only when its data version did', () => {
    const routes = new RouteTable();
    routes.register(registration(), 1, 0);
    routes.register(registration({ topics: [topic('T', { perm: 4 }), topic('U')] }), 1, 0);
    expect(permOf(routes, 'T')).toBe(6);
    routes.register(registration({ topics: [topic('T', { perm: 4 }), topic('U')], dataVersion: version(2) }), 1, 0);
    expect(permOf(routes, 'T')).toBe(4);
  });

  test('brings back a topic that was deleted here, though its data version is the same', () => {
    const routes = new RouteTable();
    routes.register(registration(), 1, 0);
    routes.deleteTopic('T');
    expect(routes.route('T')).toBeUndefined();
    routes.register(registration(), 1, 0);
    expect(permOf(routes, 'T')).toBe(6);
  });

  test('leaves topics it does not name, unless it is to delete them', () => {
    const routes = new RouteTable();
    routes.register(registration(), 1, 0);
    routes.register(registration({ brokerName: 'b', brokerAddr: 'b:1' }), 2, 0);
    const smaller = registration({ topics: [topic('U'), topic('V')], dataVersion: version(2) });
    routes.register(smaller, 1, 0);
    expect(permOf(routes, 'T')).toBe(6);
    routes.register(smaller, 1, 0, { deleteMissingTopics: true });
    expect(routes.route('T')?.queueDatas.map(({ brokerName }) => brokerName)).toEqual(['b']);
  });

  test('of a slave tells where its master is, and changes no topics', () => {
    const routes = new RouteTable();
    const slave = registration({ brokerId: 1, brokerAddr: '10.0.0.2:10911', topics: [topic('T'), topic('slave')] });
    expect(routes.register(slave, 1, 0)).toEqual({ status: 'REGISTERED' });
    expect(routes.topics()).toEqual([]);
    routes.register(registration(), 2, 0);
    expect(routes.register(slave, 1, 0)).toEqual({
      status: 'REGISTERED',
      masterAddr: '10.0.0.1:10911',
      haServerAddr: '10.0.0.1:10912',
    });
    expect(routes.brokerData('a')?.brokerAddrs).toEqual({ 0: '10.0.0.1:10911', 1: '10.0.0.2:10911' });
  });

  test('of a slave that becomes the master moves its address', () => {
    const routes = new RouteTable();
    routes.register(registration({ brokerId: 1 }), 1, 0);
    routes.register(registration({ brokerId: 0 }), 1, 0);
    expect(routes.brokerData('a')?.brokerAddrs).toEqual({ 0: '10.0.0.1:10911' });
  });

  test('of another address takes over an id, but not from one with a newer state', () => {
    const routes = new RouteTable();
    const other = '10.0.0.9:10911';
    routes.register(registration({ dataVersion: version(1, 5) }), 1, 0);
    expect(routes.register(registration({ brokerAddr: other, dataVersion: version(9, 4) }), 2, 0)).toMatchObject({
      status: 'IGNORED',
    });
    expect(routes.brokerData('a')?.brokerAddrs).toEqual({ 0: '10.0.0.1:10911' });
    routes.register(registration({ brokerAddr: other, dataVersion: version(1, 5) }), 2, 0);
    expect(routes.brokerData('a')?.brokerAddrs).toEqual({ 0: other });
    routes.connectionClosed(1); // the one that lost the id
    expect(routes.brokerData('a')?.brokerAddrs).toEqual({ 0: other });
  });

  test('carries zone and acting master of whoever of the set registered last', () => {
    const routes = new RouteTable();
    routes.register(registration({ zoneName: 'z1', enableActingMaster: true }), 1, 0);
    expect(routes.brokerData('a')).toMatchObject({ zoneName: 'z1', enableActingMaster: true });
    routes.register(registration({ brokerId: 1, brokerAddr: 's:1' }), 2, 0);
    expect(routes.brokerData('a')).toMatchObject({ zoneName: undefined, enableActingMaster: false });
  });
});

describe('a broker is gone', () => {
  test('when its connection closes, at once and with its topics', () => {
    const routes = new RouteTable();
    routes.register(registration(), 1, 0);
    routes.register(registration({ brokerName: 'b', brokerAddr: 'b:1' }), 2, 0);
    expect(routes.connectionClosed(1)).toMatchObject([{ brokerName: 'a' }]);
    expect(routes.route('T')?.brokerDatas.map(({ brokerName }) => brokerName)).toEqual(['b']);
    expect(routes.connectionClosed(2)).toHaveLength(1);
    expect([routes.topics(), routes.allBrokers(), routes.clusters().size]).toEqual([[], [], 0]);
    expect(routes.connectionClosed(3)).toEqual([]);
  });

  test('when it was silent for longer than it said', () => {
    const routes = new RouteTable();
    routes.register(registration({ heartbeatTimeoutMs: 3000 }), 1, 1000);
    routes.register(registration({ brokerName: 'b', brokerAddr: 'b:1' }), 2, 1000);
    expect(routes.expire(4000)).toEqual([]);
    routes.keepAlive('C', '10.0.0.1:10911', 1, 4000);
    expect(routes.expire(7000)).toEqual([]);
    expect(routes.expire(7001)).toMatchObject([{ brokerName: 'a', connection: 1 }]);
    expect(routes.expire(121_001)).toMatchObject([{ brokerName: 'b' }]);
  });

  test('when it says farewell', () => {
    const routes = new RouteTable();
    routes.register(registration(), 1, 0);
    expect(routes.unregister(registration(), 1)).toBe(true);
    expect(routes.unregister(registration(), 1)).toBe(false);
    expect(routes.route('T')).toBeUndefined();
  });

  test('and it was the master of a set whose slave may stand in: its topics can be read, not written', () => {
    const routes = new RouteTable();
    routes.register(registration({ enableActingMaster: true }), 1, 0);
    routes.register(registration({ brokerId: 1, brokerAddr: 's:1', enableActingMaster: true }), 2, 0);
    routes.connectionClosed(1);
    expect(permOf(routes, 'T')).toBe(4);
    routes.register(
      registration({ brokerId: 1, brokerAddr: 's:1', enableActingMaster: true, dataVersion: version(2) }),
      2,
      0,
    );
    expect(permOf(routes, 'T')).toBe(4);
    routes.register(registration({ enableActingMaster: true }), 3, 0);
    expect(permOf(routes, 'T')).toBe(6);
  });

  test('and it was the master of a set without that: its topics stay as they are', () => {
    const routes = new RouteTable();
    routes.register(registration(), 1, 0);
    routes.register(registration({ brokerId: 1, brokerAddr: 's:1' }), 2, 0);
    routes.connectionClosed(1);
    expect(permOf(routes, 'T')).toBe(6);
  });
});

describe('what is left of a former start cannot undo the present one', () => {
  test('the end of its connection', () => {
    const routes = new RouteTable();
    routes.register(registration(), 1, 0);
    routes.register(registration(), 2, 0);
    expect(routes.connectionClosed(1)).toEqual([]);
    expect(routes.route('T')).toBeDefined();
  });

  test('its farewell', () => {
    const routes = new RouteTable();
    routes.register(registration(), 1, 0);
    routes.register(registration(), 2, 0);
    expect(routes.unregister(registration(), 1)).toBe(false);
    expect(routes.route('T')).toBeDefined();
    expect(routes.unregister(registration(), 3)).toBe(true); // but one that has connected anew may go
  });

  test('its registration', () => {
    const routes = new RouteTable();
    routes.register(registration(), 2, 0);
    const stale = registration({ topics: [topic('T', { perm: 0 }), topic('U')], dataVersion: version(9) });
    expect(routes.register(stale, 1, 0)).toMatchObject({ status: 'IGNORED' });
    expect(permOf(routes, 'T')).toBe(6);
    expect(routes.connectionClosed(1)).toEqual([]);
    expect(routes.route('T')).toBeDefined();
  });

  test('its sign of life', () => {
    const routes = new RouteTable();
    routes.register(registration(), 2, 0);
    routes.keepAlive('C', '10.0.0.1:10911', 1, 100_000);
    expect(routes.expire(120_001)).toHaveLength(1);
  });
});

describe('topics', () => {
  test('lose and gain write permission on one broker', () => {
    const routes = new RouteTable();
    routes.register(registration(), 1, 0);
    routes.register(registration({ brokerName: 'b', brokerAddr: 'b:1' }), 2, 0);
    expect(routes.wipeWritePermission('a')).toBe(2);
    expect([permOf(routes, 'T', 'a'), permOf(routes, 'T', 'b')]).toEqual([4, 6]);
    routes.register(registration(), 1, 0); // unchanged: does not bring it back
    expect(permOf(routes, 'T')).toBe(4);
    expect(routes.addWritePermission('a')).toBe(2);
    expect(permOf(routes, 'T')).toBe(6);
    expect(routes.wipeWritePermission('nobody')).toBe(0);
  });

  test('are registered one by one on brokers that are known', () => {
    const routes = new RouteTable();
    routes.register(registration(), 1, 0);
    const data = { brokerName: 'a', readQueueNums: 1, writeQueueNums: 1, perm: 6, topicSysFlag: 0 };
    expect(routes.registerTopic('V', [data])).toBe(true);
    expect(routes.registerTopic('W', [data, { ...data, brokerName: 'nobody' }])).toBe(false);
    expect(routes.topics()).toEqual(['T', 'U', 'V']);
  });

  test('are deleted everywhere or in one cluster', () => {
    const routes = new RouteTable();
    routes.register(registration(), 1, 0);
    routes.register(registration({ clusterName: 'D', brokerName: 'b', brokerAddr: 'b:1' }), 2, 0);
    expect(routes.topicsOfCluster('D')).toEqual(['T', 'U']);
    routes.deleteTopic('T', 'D');
    expect(routes.topicsOfCluster('D')).toEqual(['U']);
    expect(routes.topicsOfCluster('C')).toEqual(['T', 'U']);
    routes.deleteTopic('U', 'nowhere');
    routes.deleteTopic('U');
    expect(routes.topics()).toEqual(['T']);
    expect(routes.topicsOfCluster('nowhere')).toEqual([]);
  });

  test('are found by their flag', () => {
    const routes = new RouteTable();
    routes.register(registration({ topics: [topic('T'), topic('unit', { topicSysFlag: 1 })] }), 1, 0);
    expect(routes.topicsByFlag((flag) => flag === 1)).toEqual(['unit']);
  });
});
