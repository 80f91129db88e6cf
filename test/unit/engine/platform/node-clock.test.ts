import { NodeClock } from '../../../../lib/engine/platform/node-clock.js';

describe('NodeClock', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const DAY = 86_400_000;

  test('tasks run after their delay, unless cancelled', () => {
    const clock = new NodeClock();
    const ran: string[] = [];
    clock.schedule(10, () => ran.push('later'));
    clock.schedule(0, () => ran.push('after this turn'));
    clock.schedule(10, () => ran.push('never')).cancel();
    clock.schedule(-5, () => ran.push('never')).cancel();
    jest.advanceTimersByTime(9);
    expect(ran).toEqual(['after this turn']);
    jest.advanceTimersByTime(1);
    expect(ran).toEqual(['after this turn', 'later']);
  });

  test('a delay may be longer than a timer of Node', () => {
    const clock = new NodeClock();
    const ran: string[] = [];
    clock.schedule(60 * DAY, () => ran.push('two months'));
    const other = clock.schedule(60 * DAY, () => ran.push('never'));
    jest.advanceTimersByTime(60 * DAY - 1);
    other.cancel();
    expect(ran).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(ran).toEqual(['two months']);
    expect(jest.getTimerCount()).toBe(0);
  });
});
