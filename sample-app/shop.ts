import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { CrashPointName } from './crash-points.js';
import { totals, type Ledger } from './ledger.js';
import type { Order } from './order/order.entity.js';
import type { Account, Booking } from './points/points.entities.js';
import { ServiceProcess } from './service-process.js';
import type { ServiceEvent } from './service-events.js';
import type { ServiceName, ServiceSettings } from './service-settings.js';

const patienceMs = 20_000;

export interface ShopSettings {
  directory: string;
  /** A process for each service. */
  split: boolean;
  /** A name server to use instead of the embedded engine. */
  namesrv?: string;
  /** Of the order service; the points service of a split shop gets the next one. 0: free ones. */
  port: number;
  /** Messages by the outbox instead of half messages. */
  outbox: boolean;
  logs: ServiceSettings['logs'];
}

/** The answer to an order; `lost`: the service died before it could answer. */
export type PlacedOrder = { state: 'stored'; order: Order } | { state: 'refused'; reason: string } | { state: 'lost' };

/** The services as whoever uses them sees them: by HTTP, and by what they tell. */
export class Shop {
  readonly events: ServiceEvent[] = [];
  private readonly processes = new Map<ServiceName, ServiceProcess>();
  private readonly settings = new Map<ServiceName, ServiceSettings>();

  private constructor() {}

  /** @throws ServiceFailed nothing is left running then */
  static async open(settings: ShopSettings): Promise<Shop> {
    const shop = new Shop();
    const { orders, points } = await servicesOf(settings);
    shop.settings.set('orders', orders).set('points', points);
    try {
      await shop.start('orders');
      if (settings.split) await shop.start('points');
    } catch (error) {
      await shop.close();
      throw error;
    }
    return shop;
  }

  url(service: ServiceName): string {
    return this.process(service).url;
  }

  async place(order: { customer: string; amount: number; card?: string }): Promise<PlacedOrder> {
    let response: Response;
    let body: Order | { message: string };
    try {
      response = await fetch(`${this.url('orders')}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(order),
      });
      body = (await response.json()) as Order | { message: string };
    } catch {
      return { state: 'lost' };
    }
    if (response.ok) return { state: 'stored', order: body as Order };
    const { message } = body as { message: string };
    if (response.status === 402) return { state: 'refused', reason: message };
    throw new Error(`the order service answered ${response.status}: ${message}`);
  }

  async ledger(): Promise<Ledger> {
    const [orders, points] = await Promise.all([
      read<Order[]>(`${this.url('orders')}/orders`),
      read<{ accounts: Account[]; bookings: Booking[] }>(`${this.url('points')}/points`),
    ]);
    return { orders, ...points };
  }

  /** Waits for a ledger in which all orders have their points and `expected` holds. */
  async settled(expected: (ledger: Ledger) => boolean, what: string): Promise<Ledger> {
    let seen = 'no answer of the services';
    return this.until(
      async () => {
        const ledger = await this.ledger();
        seen = `${ledger.orders.length} orders, ${ledger.bookings.length} bookings`;
        return totals(ledger).agree && expected(ledger) ? ledger : undefined;
      },
      what,
      () => seen,
    );
  }

  /** Waits for something that a service tells; `since` counts events. */
  async told(since: number, isIt: (event: ServiceEvent) => boolean, what: string): Promise<ServiceEvent> {
    return this.until(() => Promise.resolve(this.events.slice(since).find(isIt)), what);
  }

  /** Resolves when the service knows: an order that overtook the word would be done before. */
  async killAt(service: ServiceName, point: CrashPointName): Promise<void> {
    const since = this.events.length;
    this.process(service).send({ type: 'kill-at', point });
    await this.told(since, (event) => event.type === 'armed', `the ${service} service ready to be killed`);
  }

  /** Resolves when the service's process has ended, by itself or killed. */
  died(service: ServiceName): Promise<void> {
    return this.process(service).ended();
  }

  async restart(service: ServiceName): Promise<void> {
    await this.start(this.processes.has(service) ? service : 'orders');
  }

  /** The points service first: it may use the other's engine. */
  async close(): Promise<void> {
    await this.processes.get('points')?.stop();
    await this.processes.get('orders')?.stop();
  }

  private async start(service: ServiceName): Promise<void> {
    const settings = this.settings.get(service) as ServiceSettings;
    this.processes.set(service, await ServiceProcess.start(settings, (event) => this.events.push(event)));
  }

  /** A shop that is not split has one process for both. */
  private process(service: ServiceName): ServiceProcess {
    return (this.processes.get(service) ?? this.processes.get('orders')) as ServiceProcess;
  }

  /** @param seen what there was instead, for the error */
  private async until<Result>(
    look: () => Promise<Result | undefined>,
    what: string,
    seen = (): string => 'nothing of it',
  ): Promise<Result> {
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      const result = await look();
      if (result !== undefined) return result;
      await pause(20);
    }
    throw new Error(`${what}: not within ${patienceMs / 1000} s, but ${seen()}`);
  }
}

/** A service that is started again is found at the address it had before. */
async function servicesOf(shop: ShopSettings): Promise<Record<ServiceName, ServiceSettings>> {
  const { directory, split, namesrv, outbox, logs } = shop;
  const common = { directory, outbox, logs };
  const port = shop.port || (await freePort());
  if (!split) {
    const engine: ServiceSettings['engine'] = namesrv === undefined ? {} : { nameServer: namesrv };
    const both: ServiceSettings = { ...common, runs: ['orders', 'points'], port, engine };
    return { orders: both, points: both };
  }
  const listen = { nameServerPort: await freePort(), brokerPort: await freePort() };
  const ours = `127.0.0.1:${listen.nameServerPort}`;
  return {
    orders: { ...common, runs: ['orders'], port, engine: namesrv === undefined ? { listen } : { nameServer: namesrv } },
    points: {
      ...common,
      runs: ['points'],
      port: shop.port ? shop.port + 1 : await freePort(),
      engine: { nameServer: namesrv ?? ours },
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function read<Body>(url: string): Promise<Body> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw new Error(`${url} does not answer`, { cause });
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as Body;
}
