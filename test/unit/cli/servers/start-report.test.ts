import { brokerReport, nameServerReport, reportText } from '../../../../lib/cli/servers/start-report.js';
import { resolveServerSettings } from '../../../../lib/engine/index.js';

const settings = resolveServerSettings({ flushDiskType: 'SYNC_FLUSH', maxMessageSize: 1536 * 1024 });

test('a broker says what is in force and who gets in', () => {
  const report = brokerReport({
    server: { address: '127.0.0.1:10911', boundAddress: '127.0.0.1:10911', settings },
    nameServers: ['127.0.0.1:9876'],
    access: {},
    withoutEffect: ['sendMessageThreadPoolNums', 'brokerIP2'],
    storeDirectory: '/data/store',
  });
  expect(reportText(report)).toBe(
    [
      'The broker has started at 127.0.0.1:10911',
      '  broker          broker-a of DefaultCluster, id 0, role ASYNC_MASTER (no replication)',
      '  registered at   127.0.0.1:9876',
      '  store           /data/store',
      '  flush           SYNC_FLUSH: a send is answered when it is on the disk: safe from a power cut',
      '  open to         this machine only, without access control or encryption',
      '  limits          messages of 1.5 MiB, kept 72 h; none is taken while the disk is over 90 % full',
      '  without effect  brokerIP2, sendMessageThreadPoolNums',
    ].join('\n'),
  );
  expect(report.data).toMatchObject({ event: 'started', server: 'broker', flushDiskType: 'SYNC_FLUSH' });
});

test('an address that clients are sent to but cannot reach is pointed out', () => {
  const { fields } = brokerReport({
    server: { address: '10.0.0.5:10911', boundAddress: '127.0.0.1:10911', settings },
    nameServers: ['127.0.0.1:9876'],
    access: {},
    withoutEffect: [],
    storeDirectory: '/data/store',
  });
  expect(Object.fromEntries(fields).warning).toMatch('clients are sent to 10.0.0.5:10911 (brokerIP1)');
});

test('an open door is not to be overlooked', () => {
  const text = reportText(
    nameServerReport({
      server: { address: '10.0.0.5:9876', boundAddress: '0.0.0.0:9876' },
      access: {},
      withoutEffect: [],
    }),
  );
  expect(text).toBe(
    'The name server has started at 10.0.0.5:9876\n' +
      '  open to  EVERY MACHINE that reaches 0.0.0.0:9876, without access control or encryption',
  );
});

test('who has to sign is said', () => {
  const server = { address: '10.0.0.5:9876', boundAddress: '0.0.0.0:9876' };
  const openTo = (access: object): string =>
    Object.fromEntries(nameServerReport({ server, access, withoutEffect: [] }).fields)['open to'];
  expect(openTo({ aclEnable: true })).toBe(
    'EVERY MACHINE that reaches 0.0.0.0:9876, by signed requests without encryption',
  );
});
