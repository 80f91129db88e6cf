import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Logger, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RmqContext,
  type ClientProxy,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { MqModule, RocketMqClientProxy, RocketMqServer, type MqModuleOptions } from '../../lib/index.js';
import { isRocket, nestClient, nestTransport, type TransportName } from './transports.js';

export const EVENT = 'bench-event';
export const REQUEST = 'bench-request';

Logger.overrideLogger(['error']);

/** One process's part of a comparison. */
export interface BenchApp {
  /** Where other processes reach it. */
  readonly port: number;
  readonly client?: ClientProxy;
  stop(): Promise<void>;
}

/** The handling side: listens. Of RocketMQ it has the broker inside, and a client for the embedded case. */
export async function startHandlers(name: TransportName, port: number, onEvent: () => void): Promise<BenchApp> {
  const isAcknowledgedByHand = name === 'RMQ durable';

  @Controller()
  class Handlers {
    @EventPattern(EVENT)
    event(@Payload() _payload: unknown, @Ctx() context: unknown): void {
      this.acknowledge(context);
      onEvent();
    }

    @MessagePattern(REQUEST)
    request(@Payload() payload: unknown, @Ctx() context: unknown): unknown {
      this.acknowledge(context);
      return payload;
    }

    private acknowledge(context: unknown): void {
      if (!isAcknowledgedByHand || !(context instanceof RmqContext)) return;
      const channel = context.getChannelRef() as { ack(message: unknown): void };
      channel.ack(context.getMessage());
    }
  }

  @Module({ controllers: [Handlers] })
  class HandlersModule {}

  if (isRocket(name)) {
    const directory = mkdtempSync(join(tmpdir(), 'bench-nest-'));
    const listen = name === 'RocketMQ by TCP' ? { nameServerPort: 0, brokerPort: 0 } : undefined;
    const worker = name === 'RocketMQ in a thread';
    const module = rocketModule({ type: 'embedded', storeDir: directory, listen, worker }, [HandlersModule]);
    const app = await NestFactory.createApplicationContext(module);
    const { nameServerAddresses } = await app.get(RocketMqServer).unwrap();
    const stop = async (): Promise<void> => {
      await app.close();
      rmSync(directory, { recursive: true, force: true });
    };
    return { port: Number(nameServerAddresses?.split(':')[1] ?? 0), client: app.get(RocketMqClientProxy), stop };
  }
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(
    HandlersModule,
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares these options as a class
    nestTransport(name, port),
  );
  await app.listen();
  return { port, stop: () => app.close() };
}

/** The sending side, connected. */
export async function startClient(name: TransportName, port: number): Promise<BenchApp & { client: ClientProxy }> {
  if (isRocket(name)) {
    const module = rocketModule({ type: 'remote', nameServers: [`127.0.0.1:${port}`] });
    const app = await NestFactory.createApplicationContext(module);
    return { port, client: app.get(RocketMqClientProxy), stop: () => app.close() };
  }
  const client = nestClient(name, port);
  await client.connect();
  return {
    port,
    client,
    stop: async () => {
      await client.close();
    },
  };
}

function rocketModule(engine: MqModuleOptions['engine'], imports: DynamicModule['imports'] = []): DynamicModule {
  @Module({})
  class BenchModule {}
  const mq = MqModule.forRoot({
    engine,
    producer: { autoBatch: true },
    consumerDefaults: { group: 'bench', concurrency: 256, consumeFrom: 'first' },
  });
  return { module: BenchModule, imports: [mq, MqModule.forFeature([EVENT, REQUEST]), ...imports] };
}
