import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { startEmbeddedEngine, type Engine } from '../../../lib/engine/index.js';
import { MqModule } from '../../../lib/mq.module.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';
import { RocketMqServer } from '../../../lib/transport/rocketmq.server.js';
import { Journal } from './cluster.js';

jest.setTimeout(60_000);

const directory = mkdtempSync(join(tmpdir(), 'nest-resilience-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('an application outlives a restart of its cluster: listeners and senders find it again', async () => {
  const journal = new Journal();
  @Controller()
  class Listener {
    @RocketListener('restarted', '*', 'restarted', { consumeFrom: 'first' })
    handle(id: number) {
      journal.write(String(id));
    }
  }
  const [nameServerPort, brokerPort] = await freePorts();
  const startCluster = (): Promise<Engine> =>
    startEmbeddedEngine({ storeDir: join(directory, 'restarted'), listen: { nameServerPort, brokerPort } });
  let cluster = await startCluster();
  const engine = { type: 'remote' as const, nameServers: [`127.0.0.1:${nameServerPort}`] };
  @Module({ imports: [MqModule.forRoot({ engine })], controllers: [Listener] })
  class AppModule {}
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares these options as a class
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.init();
  const template = app.get(RocketTemplate);
  await template.send('restarted', 1);
  await journal.have(1);

  await cluster.stop();
  await expect(template.send('restarted', 2, { timeoutMs: 500 })).rejects.toThrow();
  cluster = await startCluster();
  await template.send('restarted', 3, { timeoutMs: 20_000 });

  expect(await journal.have(2)).toEqual(['1', '3']);
  await app.close();
  await cluster.stop();
});

it('an application of microservices only, made by NestFactory, gets its server by injection', async () => {
  const journal = new Journal();
  @Controller()
  class Listener {
    @RocketListener('pure', '*', 'pure', { consumeFrom: 'first' })
    handle(id: number) {
      journal.write(String(id));
    }
  }
  @Module({
    imports: [MqModule.forRoot({ engine: { type: 'embedded', storeDir: join(directory, 'pure') } })],
    controllers: [Listener],
  })
  class AppModule {}
  const options = {
    useFactory: (strategy: RocketMqServer) => ({ strategy }),
    inject: [RocketMqServer],
    logger: false,
  } as AsyncMicroserviceOptions;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares these options as a class
  const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(AppModule, options);
  await app.listen();
  await app.get(RocketTemplate).send('pure', 1);
  expect(await journal.have(1)).toEqual(['1']);
  await app.close();
});

async function freePorts(): Promise<number[]> {
  const probes = await Promise.all(
    [1, 2].map(async () => {
      const probe = createServer();
      await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
      return probe;
    }),
  );
  const ports = probes.map((probe) => (probe.address() as { port: number }).port);
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
}
