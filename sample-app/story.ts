import { crashPoints, type CrashPoint, type CrashPointName } from './crash-points.js';
import { bookingsOf, totals, type Ledger } from './ledger.js';
import type { Cell, Narrator } from './narrator.js';
import type { ServiceEvent } from './service-events.js';
import type { Shop } from './shop.js';

const serviceNames = { orders: 'order service', points: 'points service' };

/** What became of one order, for the table at the end. */
interface Outcome {
  customer: string;
  amount: number;
  message: string;
}

/** The main job: orders that work, one that is refused, one that a crash interrupts. @returns whether the books agree */
export async function tellStory(shop: Shop, narrator: Narrator, crashAt: CrashPointName): Promise<boolean> {
  const chapter = new Chapter(shop, narrator);
  await chapter.goodOrder('Ada', 120);
  await chapter.goodOrder('Ben', 80);
  await chapter.refusedOrder('Cleo', 60);
  await chapter.crash('Dan', 300, crashAt);
  return chapter.end();
}

const customers = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve', 'Finn', 'Gina', 'Hugo', 'Ida', 'Jon', 'Kim', 'Lea'];

/** Every step at which a service can die, one after the other. @returns whether the books agree */
export async function tellCrashes(shop: Shop, narrator: Narrator, points: readonly CrashPointName[]): Promise<boolean> {
  const chapter = new Chapter(shop, narrator);
  for (const [number, point] of points.entries()) await chapter.crash(customers[number], 100 + 10 * number, point);
  return chapter.end();
}

class Chapter {
  private readonly startedAt = performance.now();
  private readonly outcomes: Outcome[] = [];
  private number = 0;

  constructor(
    private readonly shop: Shop,
    private readonly narrator: Narrator,
  ) {}

  async goodOrder(customer: string, amount: number): Promise<void> {
    this.title(`${customer} orders for ${amount} €`);
    const since = this.shop.events.length;
    const placed = await this.shop.place({ customer, amount });
    if (placed.state !== 'stored') throw new Error(`the order of ${customer} was ${placed.state}`);
    const ledger = await this.settled(customer, true);
    this.tellEvents(since, customer, ledger);
    this.outcomes.push({ customer, amount, message: 'delivered' });
  }

  async refusedOrder(customer: string, amount: number): Promise<void> {
    this.title(`${customer} orders for ${amount} €, with a card that has expired`);
    const since = this.shop.events.length;
    const placed = await this.shop.place({ customer, amount, card: 'expired' });
    if (placed.state !== 'refused') throw new Error(`the order of ${customer} was ${placed.state}, not refused`);
    this.narrator.bad(placed.reason);
    this.tellEvents(since, customer, await this.settled(customer, false));
    this.narrator.note('no order, no message, no points');
    this.outcomes.push({ customer, amount, message: 'dropped: payment refused' });
  }

  async crash(customer: string, amount: number, at: CrashPointName): Promise<void> {
    const point: CrashPoint = crashPoints[at];
    this.title(`${customer} orders for ${amount} €, and the ${serviceNames[point.service]} is killed ${point.when}`);
    const before = this.shop.events.length;
    await this.shop.killAt(point.service, at);
    const placing = this.shop.place({ customer, amount, card: point.isRefusal ? 'expired' : undefined });
    await this.shop.died(point.service);
    const died = this.shop.events.length;
    this.tellEvents(before, customer);
    this.narrator.bad('SIGKILL: the process is gone in the middle of it');
    await this.shop.restart(point.service);
    await placing;
    this.narrator.note('started again');

    if (point.remains === 'hidden message')
      await this.toldOfStep(died, 'rolled-back', 'the broker’s check of the half message');
    if (at === 'committed') await this.toldOfStep(died, 'ended', 'the end of the transaction'); // the points may be faster
    const ledger = await this.settled(customer, point.remains === 'order');
    this.tellEvents(died, customer, ledger);
    if (point.remains === 'nothing') this.narrator.note('nothing had been sent, nothing stored');
    const message = { nothing: 'never sent', 'hidden message': 'dropped by check-back', order: 'delivered' };
    this.outcomes.push({ customer, amount, message: message[point.remains] });
  }

  /** The table, and whether the totals in it agree. */
  async end(): Promise<boolean> {
    const ledger = await this.shop.ledger();
    const { pointsDue, pointsGiven, agree } = totals(ledger);
    const rows = this.outcomes.map(({ customer, amount, message }): Cell[] => {
      const orders = ledger.orders.filter((order) => order.customer === customer);
      const points = ledger.bookings.filter((booking) => booking.customer === customer);
      return [
        customer,
        amount,
        orders.map(({ id }) => id).join(', ') || '–',
        message,
        points.reduce((sum, booking) => sum + booking.points, 0),
      ];
    });
    this.title('What both services have in their books');
    this.narrator.table(['customer', '€', 'order', 'message', 'points'], rows);
    this.narrator.line();
    const again = this.shop.events.filter((event) => event.type === 'points' && event.outcome === 'duplicate').length;
    this.narrator.line(`  ${ledger.orders.length} orders stored, their points: ${pointsDue}`);
    this.narrator.line(`  ${ledger.bookings.length} messages applied, their points: ${pointsGiven}`);
    if (again > 0) this.narrator.line(`  ${again} messages came once more and were not applied again`);
    if (agree) this.narrator.good(`they agree (${((performance.now() - this.startedAt) / 1000).toFixed(1)} s)`);
    else this.narrator.bad('they do not agree');
    return agree;
  }

  private title(text: string): void {
    this.narrator.title(`${++this.number}. ${text}`);
  }

  private settled(customer: string, isStored: boolean): Promise<Ledger> {
    return this.shop.settled(
      ({ orders }) => orders.some((order) => order.customer === customer) === isStored,
      `orders and points agree, ${isStored ? 'with' : 'without'} the order of ${customer}`,
    );
  }

  /** Of the last transaction, by whoever finishes what a killed process has left. */
  private async toldOfStep(since: number, step: 'rolled-back' | 'ended', what: string): Promise<void> {
    const transactionId = this.lastTransaction();
    const isIt = (event: ServiceEvent): boolean =>
      event.type === 'step' && event.step === step && event.by !== 'run' && event.transactionId === transactionId;
    await this.shop.told(since, isIt, what);
  }

  /** Orders are placed one after the other, so the last that was begun is the one in question. */
  private lastTransaction(): string | undefined {
    const begun = this.shop.events.findLast((event) => event.type === 'step' && event.step === 'half-sending');
    return begun?.type === 'step' ? begun.transactionId : undefined;
  }

  /** What the services told of this order, in the order in which it makes sense to a reader. */
  private tellEvents(since: number, customer: string, ledger?: Ledger): void {
    const order = ledger?.orders.find((one) => one.customer === customer);
    const transactionId = this.lastTransaction();
    const events = this.shop.events.slice(since).filter((event) => {
      if (event.type === 'points' || event.type === 'placed') return event.orderId === order?.id;
      return event.type === 'step' && event.transactionId === transactionId;
    });
    const sentences = events.flatMap((event) => sentenceOf(event, customer, ledger) ?? []);
    sentences.sort((a, b) => a.rank - b.rank);
    for (const { text } of sentences) this.narrator.good(text);
  }
}

function sentenceOf(
  event: ServiceEvent,
  customer: string,
  ledger?: Ledger,
): { rank: number; text: string } | undefined {
  if (event.type === 'points') {
    const points = ledger === undefined ? [] : bookingsOf(event.orderId, ledger);
    if (event.outcome === 'duplicate')
      return { rank: 4, text: 'the message came once more; its points are there already' };
    return { rank: 4, text: `${points[0]?.points ?? 'the'} points added for ${customer}` };
  }
  if (event.type === 'placed') return { rank: 2, text: 'order and message stored: one database commit' };
  if (event.type !== 'step') return undefined;
  switch (`${event.step} by ${event.by}`) {
    case 'half-sent by run':
      return { rank: 1, text: 'half message sent: the broker keeps it, nobody sees it' };
    case 'committed by run':
      return { rank: 2, text: 'order stored: database commit' };
    case 'rolled-back by run':
      return { rank: 2, text: 'order rolled back, the half message is dropped' };
    case 'ended by run':
      return { rank: 3, text: 'message committed: the broker delivers it' };
    case 'rolled-back by check':
      return { rank: 3, text: 'the broker asked about the half message: there is no order, so it is dropped' };
    case 'ended by check':
      return { rank: 3, text: 'the broker asked about the half message: the order is there, so it is delivered' };
    case 'ended by sweeper':
      return { rank: 3, text: 'the order’s record was unconfirmed, so the message was delivered' };
    default:
      return undefined;
  }
}
