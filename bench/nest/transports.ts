import type { ClientOptions, ClientProxy, MicroserviceOptions, RmqOptions } from '@nestjs/microservices';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import type { PeerServerName } from './peer-servers.js';

export type TransportName =
  'RocketMQ embedded' | 'RocketMQ in a thread' | 'RocketMQ by TCP' | 'NATS' | 'Redis' | 'RMQ' | 'RMQ durable' | 'TCP';

/** What is compared, and the server it needs beside the two processes. */
export const transports: readonly { name: TransportName; server?: PeerServerName; isDurable: boolean }[] = [
  { name: 'RocketMQ embedded', isDurable: true },
  { name: 'RocketMQ in a thread', isDurable: true },
  { name: 'RocketMQ by TCP', isDurable: true },
  { name: 'TCP', isDurable: false },
  { name: 'NATS', server: 'nats-server', isDurable: false },
  { name: 'Redis', server: 'redis-server', isDurable: false },
  { name: 'RMQ', server: 'rabbitmq-server', isDurable: false },
  { name: 'RMQ durable', server: 'rabbitmq-server', isDurable: true },
];

export function isRocket(name: TransportName): boolean {
  return name.startsWith('RocketMQ');
}

/** Nest's own transports, with their defaults, but for what makes the durable one durable. */
export function nestTransport(
  name: TransportName,
  port: number,
): Extract<MicroserviceOptions, { transport?: Transport }> {
  switch (name) {
    case 'NATS':
      return { transport: Transport.NATS, options: { servers: [`nats://127.0.0.1:${port}`] } };
    case 'Redis':
      return { transport: Transport.REDIS, options: { host: '127.0.0.1', port } };
    case 'RMQ':
      return rabbit(port, { queue: 'bench', queueOptions: { durable: false }, prefetchCount: 256 });
    case 'RMQ durable':
      return rabbit(port, {
        queue: 'bench-durable',
        queueOptions: { durable: true },
        persistent: true,
        noAck: false,
        prefetchCount: 256,
      });
    default:
      return { transport: Transport.TCP, options: { host: '127.0.0.1', port } };
  }
}

export function nestClient(name: TransportName, port: number): ClientProxy {
  const options = nestTransport(name, port);
  // A client of a durable queue gets its replies from one that is not acknowledged.
  if (options.transport === Transport.RMQ) options.options = { ...options.options, noAck: true };
  return ClientProxyFactory.create(options as ClientOptions);
}

function rabbit(port: number, options: RmqOptions['options']): RmqOptions {
  return { transport: Transport.RMQ, options: { urls: [`amqp://127.0.0.1:${port}`], ...options } };
}
