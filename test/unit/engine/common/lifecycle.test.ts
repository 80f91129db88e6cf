import { Service, startInOrder, stopInReverse } from '../../../../lib/engine/common/lifecycle.js';
import { ClosedError } from '../../../../lib/engine/common/errors.js';

class Recorded extends Service {
  constructor(
    private readonly name: string,
    private readonly events: string[],
    private readonly failing: 'start' | 'stop' | 'nothing' = 'nothing',
  ) {
    super();
  }

  protected async onStart(): Promise<void> {
    await Promise.resolve();
    this.events.push(`start ${this.name}`);
    if (this.failing === 'start') throw new Error(`${this.name} does not start`);
  }

  protected async onStop(): Promise<void> {
    await Promise.resolve();
    this.events.push(`stop ${this.name}`);
    if (this.failing === 'stop') throw new Error(`${this.name} does not stop`);
  }
}

describe('Service', () => {
  test('starts once and stops once', async () => {
    const events: string[] = [];
    const service = new Recorded('a', events);
    await Promise.all([service.start(), service.start()]);
    expect(service.isRunning).toBe(true);
    await Promise.all([service.stop(), service.stop()]);
    expect(service.isRunning).toBe(false);
    expect(events).toEqual(['start a', 'stop a']);
    await expect(service.start()).rejects.toThrow(ClosedError);
  });

  test('stopped before it was started it does nothing', async () => {
    const events: string[] = [];
    const service = new Recorded('a', events);
    await service.stop();
    expect(events).toEqual([]);
  });

  test('a stop during the start waits for it', async () => {
    const events: string[] = [];
    const service = new Recorded('a', events);
    const starting = service.start();
    await service.stop();
    await starting;
    expect(events).toEqual(['start a', 'stop a']);
  });

  test('a start that fails is undone', async () => {
    const events: string[] = [];
    const service = new Recorded('a', events, 'start');
    await expect(service.start()).rejects.toThrow('a does not start');
    await service.stop();
    expect(events).toEqual(['start a', 'stop a']);
  });

  test('await using stops it', async () => {
    const events: string[] = [];
    {
      await using service = new Recorded('a', events);
      await service.start();
    }
    expect(events).toEqual(['start a', 'stop a']);
  });
});

describe('startInOrder and stopInReverse', () => {
  test('if one does not start, those before it are stopped', async () => {
    const events: string[] = [];
    const services = [new Recorded('a', events), new Recorded('b', events), new Recorded('c', events, 'start')];
    await expect(startInOrder(services)).rejects.toThrow('c does not start');
    expect(events).toEqual(['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
  });

  test('if one does not stop, the others are stopped all the same', async () => {
    const events: string[] = [];
    const services = [new Recorded('a', events), new Recorded('b', events, 'stop'), new Recorded('c', events)];
    await startInOrder(services);
    await expect(stopInReverse(services)).rejects.toThrow('b does not stop');
    expect(events.slice(3)).toEqual(['stop c', 'stop b', 'stop a']);
  });
});
