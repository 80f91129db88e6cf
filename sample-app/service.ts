import 'reflect-metadata';
import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MqModule, type MqModuleOptions } from 'nestjs-rocketmq';
import { isCrashPoint } from './crash-points.js';
import { OrderDatabase } from './order/order.database.js';
import { OrderModule } from './order/order.module.js';
import { PointsDatabase } from './points/points.database.js';
import { PointsModule } from './points/points.module.js';
import { killAt, watchTransactionSteps } from './plug.js';
import { tell, type ServiceCommand } from './service-events.js';
import type { ServiceSettings } from './service-settings.js';

/** The order service, the points service, or both: one process, started with its settings as JSON. */
@Module({})
class ServiceModule {
  static with(settings: ServiceSettings): DynamicModule {
    const orders = settings.runs.includes('orders') ? new OrderDatabase(settings.directory) : undefined;
    const points = settings.runs.includes('points') ? new PointsDatabase(settings.directory) : undefined;
    return {
      module: ServiceModule,
      imports: [
        MqModule.forRoot({
          engine: engineOf(settings),
          ...(orders && sendingOf(orders, settings)),
        }),
        ...(orders ? [OrderModule.with(orders)] : []),
        ...(points ? [PointsModule.with(points)] : []),
      ],
    };
  }
}

/** How order-paid gets out with its transaction; the code that sends it is the same. */
function sendingOf(unitOfWork: OrderDatabase, { outbox }: ServiceSettings): Partial<MqModuleOptions> {
  if (!outbox) return { transaction: { unitOfWork, producerGroup: 'orders', synchronize: true } };
  // What a killed process was sending is its own for 15 s by default; a story should not take so long.
  return { outbox: { unitOfWork, synchronize: true, leaseMs: 3_000, producer: { sendMsgTimeoutMs: 1_500 } } };
}

function engineOf({ directory, engine }: ServiceSettings): MqModuleOptions['engine'] {
  if ('nameServer' in engine) return { type: 'remote', nameServers: [engine.nameServer] };
  return {
    type: 'embedded',
    storeDir: join(directory, 'store'),
    listen: engine.listen,
    // Apache's defaults are 6 s and 30 s; a story should not take so long.
    broker: { transactionTimeOut: 500, transactionCheckInterval: 250 },
  };
}

async function main(settings: ServiceSettings): Promise<void> {
  watchTransactionSteps((event) => tell({ type: 'step', ...event }));
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares these options as a class
  const app = await NestFactory.create(ServiceModule.with(settings), { logger: settings.logs });
  await app.listen(settings.port, '127.0.0.1').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(`port ${settings.port} is in use by another program; choose one with --port`, { cause: error });
  });

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    app.close().then(() => process.disconnect?.(), fail);
  };
  process.on('message', (command: ServiceCommand) => {
    if (command.type === 'stop') stop();
    else if (isCrashPoint(command.point)) {
      killAt(command.point);
      tell({ type: 'armed', point: command.point });
    }
  });
  process.once('disconnect', stop); // whoever started it is gone
  if (!process.connected) stop(); // already
  process.on('SIGINT', () => undefined); // Ctrl-C reaches all; the one who started it says stop
  tell({ type: 'ready', url: await app.getUrl() });
}

/** Whatever has started by then ends with the process. */
function fail(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  tell({ type: 'failed', reason }, () => process.exit(1));
}

main(JSON.parse(process.argv[2]) as ServiceSettings).catch(fail);
