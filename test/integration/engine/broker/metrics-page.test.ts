import { get } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import parse from 'parse-prometheus-text-format';
import { docBlocks } from '../../../support/doc-blocks.js';
import {
  brokerConf,
  connectEngine,
  ConfigurationError,
  PortInUseError,
  startBroker,
  startNameServer,
  type RunningBroker,
  type RunningServer,
  type ServerSettings,
} from '../../../../lib/engine/index.js';

let directory: string;
let nameServer: RunningServer;
let broker: RunningBroker;

function start(settings: ServerSettings): Promise<RunningBroker> {
  const storePathRootDir = join(directory, String(settings.brokerName));
  return startBroker({
    settings: { listenPort: 0, storePathRootDir, metricsExporterType: 'PROM', metricsPromExporterPort: 0, ...settings },
    nameServers: [nameServer.address],
  });
}

function fetchPage(
  path: string,
  method = 'GET',
  port = broker.metricsPort,
): Promise<{ status?: number; type?: string; body: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode, type: response.headers['content-type'], body }));
    }).on('error', reject);
  });
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'metrics-'));
  nameServer = await startNameServer({ port: 0 });
  broker = await start({ brokerName: 'a"quoted\\name' });
});

afterAll(async () => {
  await broker.stop();
  await nameServer.stop();
  rmSync(directory, { recursive: true });
});

it('is a page that a parser of Prometheus reads, with what went through the broker', async () => {
  await using engine = await connectEngine({ nameServers: [nameServer.address] });
  const producer = engine.createProducer({ group: 'makers' });
  await producer.start();
  for (const body of ['one', 'two', 'three']) await producer.send({ topic: 'order', body: Buffer.from(body) });
  const handled: string[] = [];
  let finish: () => void;
  const all = new Promise<void>((resolve) => (finish = resolve));
  const consumer = engine.createPushConsumer({
    group: 'points',
    subscriptions: [{ topic: 'order' }],
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    listener: {
      mode: 'concurrent',
      consume: async ([{ body }]) => {
        if (handled.push(String(body)) === 3) finish();
        return { status: 'SUCCESS' };
      },
    },
  });
  await consumer.start();
  await all;
  await consumer.stop(); // commits

  const { status, type, body } = await fetchPage('/metrics');
  expect(status).toBe(200);
  expect(type).toContain('text/plain; version=0.0.4');
  const families = parse(body);
  const family = (name: string) => families.find((one) => one.name === name);
  const labels = { cluster: 'DefaultCluster', node_type: 'broker', node_id: 'a"quoted\\name' };
  expect(family('rocketmq_messages_in_total')).toMatchObject({ type: 'COUNTER', metrics: [{ value: '3', labels }] });
  expect(family('rocketmq_consumer_lag_messages')?.metrics).toContainEqual({
    value: '0',
    labels: { ...labels, consumer_group: 'points', topic: 'order' },
  });
  expect(Number(family('rocketmq_storage_size')?.metrics[0].value)).toBeGreaterThan(300);
  expect(family('rocketmq_storage_writeable')?.metrics[0].value).toBe('1');
  for (const name of ['rocketmq_storage_flush_seconds', 'rocketmq_event_loop_delay_seconds']) {
    expect(family(name)?.type).toBe('HISTOGRAM');
    const counts = [...body.matchAll(new RegExp(`^${name}_(?:bucket|count)\\{.*\\} (.*)$`, 'gm'))].map(([, count]) =>
      Number(count),
    );
    expect(counts).toHaveLength(18);
    expect(counts).toEqual(counts.toSorted((x, y) => x - y));
    expect(counts[16]).toBe(counts[17]);
  }
  expect(body).toMatch(/^rocketmq_event_loop_delay_seconds_count\{.*\} [1-9]/m);
  expect(families.every(({ help, name }) => help.length > 0 && name.startsWith('rocketmq_'))).toBe(true);
});

it('has no other page, and takes no other request', async () => {
  expect((await fetchPage('/')).status).toBe(404);
  expect((await fetchPage('/metrics', 'POST')).status).toBe(405);
});

it('is served as the page on metrics shows it', async () => {
  const [{ code }] = docBlocks('docs/metrics.md').filter(({ test }) => test?.endsWith('metrics-page.test.ts'));
  const given = [...code.matchAll(/--set (\w+)=(\S+)/g)].map(([, name, value]) => ({ name, value }));
  const { settings } = brokerConf(given);
  const [, port, path] = /curl http:\/\/127\.0\.0\.1:(\d+)(\S+)/.exec(code) ?? [];
  expect(settings.metricsPromExporterPort).toBe(Number(port));
  const shown = await startBroker({
    settings: {
      ...settings,
      brokerName: 'shown',
      listenPort: 0,
      metricsPromExporterPort: 0,
      storePathRootDir: join(directory, 'shown'),
    },
    nameServers: [nameServer.address],
  });
  expect(await fetchPage(path, 'GET', shown.metricsPort)).toMatchObject({ status: 200 });
  await shown.stop();
});

it('is refused where it cannot be as it is wanted', async () => {
  await expect(start({ brokerName: 'b', metricsPromExporterPort: broker.metricsPort })).rejects.toThrow(PortInUseError);
  await expect(start({ brokerName: 'c', metricsPromExporterHost: '0.0.0.0' })).rejects.toThrow(
    'open to other machines',
  );
  const otherType = { brokerName: 'd', metricsExporterType: 'LOG' } as unknown as ServerSettings;
  await expect(start(otherType)).rejects.toThrow(ConfigurationError);
});
