import fc from 'fast-check';
import {
  allocateStrategies,
  byConfig,
  byMachineRoom,
  consistentHash,
  machineRoomNearby,
  type AllocateStrategy,
} from '../../../../../../lib/engine/client/consumer/allocate/index.js';
import {
  compareMessageQueues,
  compareText,
  messageQueueKey,
  type MessageQueue,
} from '../../../../../../lib/engine/message/message-queue.js';

const queuesOf = (brokerName: string, ids: number[]): MessageQueue[] =>
  ids.map((queueId) => ({ topic: 'T', brokerName, queueId }));
const texts = (queues: readonly MessageQueue[]): string[] =>
  queues.map(({ brokerName, queueId }) => `${brokerName}:${queueId}`);

// Assignments that Apache 5.3.3's own strategies gave.
const queues = [...queuesOf('b0', [0, 2, 4, 6, 8, 10]), ...queuesOf('b1', [1, 3, 5, 7, 9, 11])];
const clientIds = ['10.0.0.1@1', '10.0.0.1@2', '10.0.0.2@1', '10.0.0.3@x', 'z@z'];

test.each([
  ['10.0.0.1@1', ['b0:0', 'b0:2', 'b0:4']],
  ['10.0.0.1@2', ['b0:6', 'b0:8', 'b0:10']],
  ['10.0.0.2@1', ['b1:1', 'b1:3']],
  ['10.0.0.3@x', ['b1:5', 'b1:7']],
  ['z@z', ['b1:9', 'b1:11']],
])('AVG gives %s what Java gives it', (clientId, expected) => {
  expect(texts(allocateStrategies.AVG.allocate(clientId, queues, clientIds))).toEqual(expected);
});

test.each([
  ['10.0.0.1@1', []],
  ['10.0.0.1@2', ['b0:0', 'b0:2', 'b1:7']],
  ['10.0.0.2@1', ['b0:4']],
  ['10.0.0.3@x', ['b0:6', 'b0:8', 'b0:10', 'b1:1', 'b1:3', 'b1:5', 'b1:9']],
  ['z@z', ['b1:11']],
])('CONSISTENT_HASH gives %s what Java gives it', (clientId, expected) => {
  expect(texts(consistentHash().allocate(clientId, queues, clientIds))).toEqual(expected);
});

test('AVG_BY_CIRCLE deals queues out in turn', () => {
  const { AVG_BY_CIRCLE: circle } = allocateStrategies;
  expect(texts(circle.allocate('10.0.0.1@2', queues, clientIds))).toEqual(['b0:2', 'b1:1', 'b1:11']);
  expect(texts(circle.allocate('z@z', queues, clientIds))).toEqual(['b0:8', 'b1:7']);
});

test('CONFIG gives what it was given', () => {
  expect(byConfig(queues).allocate('anybody', [], [])).toBe(queues);
});

test('MACHINE_ROOM shares out its own rooms, the rest one by one', () => {
  const all = [...queuesOf('hz@a', [0, 1, 2, 3, 4]), ...queuesOf('sh@b', [0, 1]), ...queuesOf('plain', [0])];
  const strategy = byMachineRoom(new Set(['hz']));
  expect(texts(strategy.allocate('c1', all, ['c1', 'c2']))).toEqual(['hz@a:0', 'hz@a:1', 'hz@a:4']);
  expect(texts(strategy.allocate('c2', all, ['c1', 'c2']))).toEqual(['hz@a:2', 'hz@a:3']);
});

describe('MACHINE_ROOM_NEARBY', () => {
  const strategy = machineRoomNearby(allocateStrategies.AVG, {
    ofQueue: ({ brokerName }) => brokerName.split('-')[0],
    ofClient: (clientId) => clientId.split('-')[0],
  });

  test('prefers the own room, and shares rooms without clients', () => {
    const all = [...queuesOf('a-broker', [0, 1]), ...queuesOf('b-broker', [0, 1]), ...queuesOf('c-broker', [0, 1])];
    const clients = ['a-1', 'a-2', 'b-1'];
    expect(strategy.name).toBe('MACHINE_ROOM_NEARBY-AVG');
    expect(texts(strategy.allocate('a-1', all, clients))).toEqual(['a-broker:0', 'c-broker:0']);
    expect(texts(strategy.allocate('a-2', all, clients))).toEqual(['a-broker:1', 'c-broker:1']);
    expect(texts(strategy.allocate('b-1', all, clients))).toEqual(['b-broker:0', 'b-broker:1']);
  });

  test('says so when a room is not known', () => {
    const broken = machineRoomNearby(allocateStrategies.AVG, { ofQueue: () => '', ofClient: () => 'a' });
    expect(() => broken.allocate('a-1', queues, ['a-1'])).toThrow(/no machine room is known/);
  });
});

test('a client that the group does not list gets nothing', () => {
  for (const strategy of Object.values(allocateStrategies)) {
    expect(strategy.allocate('stranger', queues, clientIds)).toEqual([]);
  }
});

const nearby = machineRoomNearby(allocateStrategies.AVG, {
  ofQueue: ({ queueId }) => `room${queueId % 3}`,
  ofClient: (clientId) => `room${clientId.length % 3}`,
});
const covering: readonly AllocateStrategy[] = [...Object.values(allocateStrategies), nearby];

test.each(covering.map((strategy) => [strategy.name, strategy] as const))(
  'over all clients %s gives each queue exactly once',
  (_, strategy) => {
    const queue = fc.record({
      topic: fc.constant('T'),
      brokerName: fc.constantFrom('b0', 'b1', 'b2'),
      queueId: fc.nat(40),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(queue, { selector: messageQueueKey, minLength: 1, maxLength: 40 }),
        fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 12 }),
        (someQueues, someClients) => {
          const sorted = [...someQueues].sort(compareMessageQueues);
          const clients = [...someClients].sort(compareText);
          const given = clients.flatMap((clientId) => strategy.allocate(clientId, sorted, clients));
          expect(given.map(messageQueueKey).sort()).toEqual(sorted.map(messageQueueKey).sort());
        },
      ),
    );
  },
);
