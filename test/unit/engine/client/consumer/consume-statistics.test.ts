import { ConsumeStatistics } from '../../../../../lib/engine/client/consumer/consume-statistics.js';
import { VirtualClock } from '../../../../../lib/testing/virtual-clock.js';

const NOTHING = { pullRT: 0, pullTPS: 0, consumeRT: 0, consumeOKTPS: 0, consumeFailedTPS: 0, consumeFailedMsgs: 0 };

let clock: VirtualClock;
let statistics: ConsumeStatistics;

beforeEach(() => {
  clock = new VirtualClock();
  statistics = new ConsumeStatistics(clock);
});

function pullAndConsume(): void {
  const now = clock.monotonic();
  statistics.pulled('orders', now - 4, 20);
  statistics.pulled('orders', now - 8, 10);
  statistics.called('orders', now - 30, 25, 0);
  statistics.called('orders', now - 50, 0, 5);
}

test('rates are of the ten-second slots that have ended', async () => {
  pullAndConsume();
  expect(statistics.statusOf('orders')).toEqual(NOTHING);
  await clock.advance(10_000);
  const figures = { pullRT: 6, pullTPS: 3, consumeRT: 40, consumeOKTPS: 2.5, consumeFailedTPS: 0.5 };
  expect(statistics.statusOf('orders')).toEqual({ ...NOTHING, ...figures });
  await clock.advance(10_000);
  expect(statistics.statusOf('orders')).toMatchObject({ pullRT: 6, pullTPS: 1.5, consumeOKTPS: 1.25 });
});

test('in its beginning a rate is of the time there was', async () => {
  await clock.advance(6000);
  pullAndConsume();
  await clock.advance(4000);
  expect(statistics.statusOf('orders')).toMatchObject({ pullTPS: 7.5 });
});

test('what is older than a minute counts no more, but for the listener’s time and the failures', async () => {
  pullAndConsume();
  await clock.advance(70_000);
  expect(statistics.statusOf('orders')).toEqual(NOTHING);
  await clock.advance(530_000);
  expect(statistics.statusOf('orders')).toEqual({ ...NOTHING, consumeRT: 40, consumeFailedMsgs: 5 });
  await clock.advance(3_600_000);
  expect(statistics.statusOf('orders')).toEqual(NOTHING);
});

test('topics are counted apart', async () => {
  pullAndConsume();
  statistics.called('%RETRY%points', clock.monotonic(), 1, 0);
  await clock.advance(10_000);
  expect(statistics.statusOf('%RETRY%points')).toEqual({ ...NOTHING, consumeOKTPS: 0.1 });
});
