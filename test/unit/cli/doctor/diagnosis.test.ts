import { durationMs } from '../../../../lib/cli/doctor/cluster-facts.js';
import { diagnose } from '../../../../lib/cli/doctor/diagnosis.js';
import type { Facts, GroupClient, GroupFacts } from '../../../../lib/cli/doctor/facts.js';

const broker = { brokerName: 'broker-a', brokerId: 0, address: '127.0.0.1:10911', clockSkewMs: 800, diskRatio: 0.4 };
const healthy: Facts = {
  nameServers: [{ address: '127.0.0.1:9876' }],
  brokers: [broker],
  groups: [groupOf({ clients: [client('a', '10.0.0.1:5'), client('b', '10.0.0.2:5')] })],
  givenUpTransactions: 0,
  store: { directory: '/data', freeBytes: 2 ** 40, totalBytes: 2 ** 41, openFiles: 100, openFilesLimit: 65_536 },
};

function groupOf(given: Partial<GroupFacts>): GroupFacts {
  const nothing = { group: 'g', clients: [], lag: new Map(), queues: new Map([['T', 4]]), deadLetters: 0 };
  return { ...nothing, ...given };
}

function client(clientId: string, clientAddr: string, expression = '*'): GroupClient {
  return { clientId, clientAddr, brokerAddress: broker.address, subscriptions: new Map([['T', expression]]) };
}

function findings(facts: Partial<Facts>): string[] {
  return diagnose({ ...healthy, ...facts }).map(({ severity, subject, what }) => `${severity} ${subject}: ${what}`);
}

test('nothing is wrong with a healthy cluster', () => {
  expect(diagnose(healthy)).toEqual([]);
});

const subject = 'broker broker-a (id 0) at 127.0.0.1:10911';

test.each<[string, Partial<Facts>, string]>([
  [
    'a name server that is not there',
    { nameServers: [{ address: 'ns:9876', problem: 'connect ECONNREFUSED' }] },
    'error name server ns:9876: cannot be reached: connect ECONNREFUSED',
  ],
  ['a cluster without brokers', { brokers: [] }, 'error the cluster: no broker is registered'],
  [
    'a broker that is not there',
    { brokers: [{ ...broker, problem: 'no answer within 3000 ms' }] },
    `error ${subject}: cannot be reached: no answer within 3000 ms`,
  ],
  [
    'a clock that is ahead',
    { brokers: [{ ...broker, clockSkewMs: 61_000 }] },
    `warning ${subject}: its clock is 61 s ahead of this machine's`,
  ],
  [
    'a clock that is behind',
    { brokers: [{ ...broker, clockSkewMs: -7000 }] },
    `warning ${subject}: its clock is 7 s behind this machine's`,
  ],
  ['a disk that fills', { brokers: [{ ...broker, diskRatio: 0.8 }] }, `warning ${subject}: its disk is 80 % full`],
  ['a disk that is full', { brokers: [{ ...broker, diskRatio: 0.93 }] }, `error ${subject}: its disk is 93 % full`],
  [
    'a group without consumers',
    {
      groups: [
        groupOf({
          lag: new Map([
            ['T', 3],
            ['U', 0],
          ]),
        }),
      ],
    },
    'warning group g: nobody consumes, and messages wait: 3 in T',
  ],
  [
    'two consumers with one client id',
    { groups: [groupOf({ clients: [client('a', '10.0.0.1:5'), client('a', '10.0.0.2:5')] })] },
    'error group g: 2 consumers have the client id a: 10.0.0.1:5, 10.0.0.2:5',
  ],
  [
    'consumers that subscribe to different things',
    { groups: [groupOf({ clients: [client('a', '10.0.0.1:5', 'x'), client('b', '10.0.0.2:5', 'y')] })] },
    "error group g: its consumers subscribe to different things: a to T 'x'; b to T 'y'",
  ],
  [
    'more consumers than queues',
    { groups: [groupOf({ queues: new Map([['T', 1]]), clients: healthy.groups[0].clients })] },
    'warning group g: 2 consumers share the 1 queues of T: 1 have nothing to do',
  ],
  [
    'dead letters',
    { groups: [groupOf({ deadLetters: 2 })] },
    'warning group g: 2 messages are dead: every attempt failed',
  ],
  ['given up transactions', { givenUpTransactions: 1 }, 'warning transactions: 1 stayed undecided and was given up'],
  [
    'a store that cannot be used',
    { store: { directory: '/data', problem: 'is not a directory' } },
    'error store /data: is not a directory',
  ],
  [
    'a store without space',
    { store: { directory: '/data', freeBytes: 2 ** 29, totalBytes: 2 ** 34 } },
    'error store /data: only 0.5 GiB of 16.0 GiB are free',
  ],
  [
    'few files',
    { store: { directory: '/data', openFiles: 10, openFilesLimit: 1024 } },
    'warning store /data: its process may have only 1024 files open',
  ],
  [
    'files running out',
    { store: { directory: '/data', openFiles: 9000, openFilesLimit: 10_000 } },
    'error store /data: its process has 9000 of 10000 files open',
  ],
])('%s', (_what, facts, finding) => {
  expect(findings(facts)).toEqual([finding]);
});

test('one client on two brokers is one client, and who does not tell is not judged', () => {
  const onTwo = ['127.0.0.1:10911', '127.0.0.1:10921'].map((brokerAddress, i) => ({
    ...client('a', `10.0.0.1:${i}`),
    brokerAddress,
  }));
  const silent = { ...client('b', '10.0.0.2:1'), subscriptions: undefined };
  expect(findings({ groups: [groupOf({ clients: [...onTwo, silent] })] })).toEqual([]);
});

test('errors come before warnings, and each finding says what to do', () => {
  const all = diagnose({ ...healthy, givenUpTransactions: 1, brokers: [] });
  expect(all.map(({ severity }) => severity)).toEqual(['error', 'warning']);
  for (const { remedy } of all) expect(remedy.length).toBeGreaterThan(20);
});

test('a broker tells in words how long it runs', () => {
  expect(durationMs('[ 1 days, 2 hours, 3 minutes, 4 seconds ]')).toBe(93_784_000);
  expect(durationMs('')).toBe(0);
});
