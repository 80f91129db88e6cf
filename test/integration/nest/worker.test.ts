import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { ConfigurationError, connectEngine, PortInUseError, StoreLockedError } from '../../../lib/engine/index.js';
import { MqModule } from '../../../lib/mq.module.js';
import type { EmbeddedEngineSettings } from '../../../lib/mq.options.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RocketMqServer } from '../../../lib/transport/rocketmq.server.js';
import { threadOfSources } from '../../support/engine-targets.js';
import { Journal } from './cluster.js';

jest.setTimeout(60_000);

const directory = mkdtempSync(join(tmpdir(), 'nest-worker-'));
const heard = new Journal();

@Controller()
class Echo {
  @RocketListener('echo', '*', 'echo', { reply: true, consumeFrom: 'first' })
  handle(payload: string): string {
    heard.write(payload);
    return `${payload}!`;
  }
}

async function newApp(engine: Partial<EmbeddedEngineSettings> = {}) {
  const settings = {
    type: 'embedded',
    storeDir: join(directory, 'store'),
    worker: threadOfSources,
    ...engine,
  } as const;
  const module = await Test.createTestingModule({
    imports: [MqModule.forRoot({ engine: settings, logLevel: 'error' })],
    controllers: [Echo],
  }).compile();
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares these options as a class
  return module.createNestApplication({ logger: false });
}

afterAll(() => rmSync(directory, { recursive: true }));

it('a broker in a thread of its own: events, requests, other processes, and what is stored is there for the next', async () => {
  const app = await newApp({ listen: { nameServerPort: 0, brokerPort: 0 } });
  await app.init();
  const template = app.get(RocketTemplate);
  await template.send('echo', 'first');
  await heard.until(() => heard.entries.length === 1); // another queue's message may be faster
  expect(await template.request('echo', 'again', { timeoutMs: 20_000 })).toBe('again!');

  const engine = await app.get(RocketMqServer).unwrap();
  expect(engine.figures?.().store.maxPhysicalOffset).toBeGreaterThanOrEqual(0);
  const { nameServerAddresses = '' } = engine;
  {
    await using other = await connectEngine({
      nameServers: nameServerAddresses.split(';'),
      localOffsetStoreDir: directory,
    });
    expect(await other.admin.topics.names()).toContain('echo');
  }
  const contended = await newApp();
  await expect(contended.init()).rejects.toThrow(StoreLockedError);
  await contended.close();
  await app.close();

  const next = await newApp();
  await next.init();
  expect(await next.get(RocketTemplate).request('echo', 'kept', { timeoutMs: 20_000 })).toBe('kept!');
  expect(heard.entries).toEqual(['first', 'again', 'kept']); // progress was kept, too
  await next.close();
});

it('its application is trusted by it, as it is without a thread', async () => {
  const owner = JSON.stringify({ accessKey: 'owner', secretKey: 'owner-secret' });
  const app = await newApp({
    storeDir: join(directory, 'guarded'),
    broker: { authenticationEnabled: true, authorizationEnabled: true, innerClientAuthenticationCredentials: owner },
  });
  await app.init();
  expect(await app.get(RocketTemplate).send('guarded', 1)).toMatchObject({ status: 'SEND_OK' });
  await app.close();
});

it('what its start fails by is the error that it is without a thread', async () => {
  const blocker = await newApp({ storeDir: join(directory, 'blocker'), listen: { nameServerPort: 0, brokerPort: 0 } });
  await blocker.init();
  const engine = await blocker.get(RocketMqServer).unwrap();
  const nameServerPort = Number(engine.nameServerAddresses?.split(':')[1]);
  const starts: [Partial<EmbeddedEngineSettings>, new (...args: never[]) => Error, RegExp][] = [
    [{ listen: { nameServerPort, brokerPort: 0 } }, PortInUseError, /is in use by another process/],
    [{ broker: { flushDiskTyp: 'SYNC_FLUSH' } }, ConfigurationError, /flushDiskTyp: .*did you mean flushDiskType/],
    [{ worker: { execArgv: ['--no-such-option'] } }, ConfigurationError, /worker: its thread could not be started/],
  ];
  for (const [settings, kind, message] of starts) {
    const app = await newApp({ storeDir: join(directory, 'other'), ...settings });
    const error: unknown = await app.init().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(message);
    await app.close();
  }
  await blocker.close();
});
