import { FaultTolerance } from '../../../../../lib/engine/client/producer/fault-tolerance.js';
import { Producer } from '../../../../../lib/engine/client/producer/producer.js';
import type { ProducerOptions } from '../../../../../lib/engine/client/producer/producer-options.js';
import { RoundRobin } from '../../../../../lib/engine/client/producer/queue-selector.js';
import { response } from '../../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../../../../lib/engine/protocol/response-code.js';
import { VirtualClock } from '../../../../../lib/testing/virtual-clock.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';
import { seededRandom } from '../../../../../lib/testing/seeded-random.js';

describe('the table of penalties', () => {
  // Apache 5.3.3 MQFaultStrategy: latencyMax, notAvailableDuration.
  test.each([
    [549, 0],
    [550, 2000],
    [1799, 2000],
    [1800, 5000],
    [3000, 6000],
    [5000, 10_000],
    [14_999, 10_000],
    [15_000, 30_000],
  ])('a send of %i ms keeps its broker out for %i ms', async (latencyMs, notAvailableMs) => {
    const clock = new VirtualClock();
    const faults = new FaultTolerance(clock);
    faults.succeeded('a', latencyMs);
    expect(faults.isAvailable('a')).toBe(notAvailableMs === 0);
    if (notAvailableMs === 0) return;
    await clock.advance(notAvailableMs - 1);
    expect(faults.isAvailable('a')).toBe(false);
    await clock.advance(1);
    expect(faults.isAvailable('a')).toBe(true);
  });

  test('a failure counts as 10 s; a shorter penalty ends no longer one', async () => {
    const clock = new VirtualClock();
    const faults = new FaultTolerance(clock);
    faults.failed('a', true);
    faults.succeeded('a', 600);
    await clock.advance(9999);
    expect(faults.isAvailable('a')).toBe(false);
    await clock.advance(1);
    expect(faults.isAvailable('a')).toBe(true);
  });
});

describe('the choice', () => {
  const queues = ['a', 'a', 'b', 'c'].map((brokerName, queueId) => ({ topic: 'T', brokerName, queueId }));
  const choices = (faults: FaultTolerance, last?: string): Set<string> => {
    const turns = new RoundRobin(seededRandom(1), faults);
    return new Set(queues.map(() => turns.select('T', queues, last).brokerName));
  };

  test('goes to available brokers, then to those that can be reached, then to any', () => {
    const faults = new FaultTolerance(new VirtualClock());
    faults.failed('a', false);
    expect(choices(faults)).toEqual(new Set(['b', 'c']));
    faults.failed('b', true);
    faults.failed('c', true);
    expect(choices(faults)).toEqual(new Set(['b', 'c'])); // none is available
    faults.failed('b', false);
    faults.failed('c', false);
    expect(choices(faults)).toEqual(new Set(['a', 'b', 'c'])); // none was reached
  });

  test('avoids where it has just failed', () => {
    const faults = new FaultTolerance(new VirtualClock());
    expect(choices(faults, 'a')).toEqual(new Set(['b', 'c']));
  });
});

describe('a producer', () => {
  let cluster: ScriptedCluster;

  beforeEach(async () => {
    cluster = new ScriptedCluster();
    await cluster.start('broker-a', 'broker-b');
    cluster.createTopic('orders', { 'broker-a': 1, 'broker-b': 1 });
  });

  const start = async (options: Partial<ProducerOptions> = {}): Promise<Producer> => {
    const producer = new Producer(await cluster.client(), {
      group: 'orders',
      sendLatencyFaultEnable: true,
      ...options,
    });
    await producer.start();
    return producer;
  };
  const sendTen = async (producer: Producer): Promise<Set<string>> => {
    const used = new Set<string>();
    for (let n = 0; n < 10; n++) {
      const { queue } = await producer.send({ topic: 'orders', body: Buffer.from('x') });
      used.add(queue.brokerName);
    }
    return used;
  };

  test('keeps away from a broker that refused, until its penalty is over', async () => {
    const producer = await start();
    cluster.broker('broker-a').once(RequestCode.SEND_MESSAGE_V2, () => response(ResponseCode.SYSTEM_ERROR));
    await sendTen(producer);
    expect(await sendTen(producer)).toEqual(new Set(['broker-b']));
    await cluster.settle(10_000);
    expect(await sendTen(producer)).toEqual(new Set(['broker-a', 'broker-b']));
    await producer.stop();
  });

  test('with a detector it hears when a broker answers again', async () => {
    const producer = await start({ startDetectorEnable: true });
    const refusing = cluster.broker('broker-a');
    refusing.once(RequestCode.SEND_MESSAGE_V2, () => response(ResponseCode.SYSTEM_ERROR), 1);
    await sendTen(producer);
    expect(cluster.log.find('a broker can be reached again')).toBeUndefined();
    await cluster.settle(3000);
    expect(cluster.log.find('a broker can be reached again')?.fields).toMatchObject({ brokerName: 'broker-a' });
    await cluster.settle(7000);
    expect(await sendTen(producer)).toEqual(new Set(['broker-a', 'broker-b']));
    await producer.stop();
    const asked = refusing.requestsOf(RequestCode.GET_MAX_OFFSET).length;
    await cluster.settle(30_000);
    expect(refusing.requestsOf(RequestCode.GET_MAX_OFFSET)).toHaveLength(asked);
  });
});
