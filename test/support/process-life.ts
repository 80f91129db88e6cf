import { ConnectError } from '../../lib/engine/common/errors.js';
import type { Cancellable, Clock } from '../../lib/engine/ports/clock.js';
import type { Channel, Connector } from '../../lib/engine/remoting/channel.js';

/** What ties a process to the world: timers and connections. */
export class ProcessLife {
  readonly clock: Clock;
  readonly connector: Connector;
  private readonly timers = new Set<Cancellable>();
  private readonly channels = new Set<Channel>();
  private isOver = false;

  constructor(clock: Clock, connector: Connector) {
    this.clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      schedule: (delayMs, task) => {
        if (this.isOver) return { cancel: () => {} };
        const timer = clock.schedule(delayMs, () => {
          this.timers.delete(timer);
          task();
        });
        this.timers.add(timer);
        return timer;
      },
    };
    this.connector = {
      connect: async (address, processors, timeoutMs) => {
        if (this.isOver) throw new ConnectError(address, 'this process is dead');
        const channel = await connector.connect(address, processors, timeoutMs);
        this.channels.add(channel);
        return channel;
      },
    };
  }

  end(): void {
    this.isOver = true;
    for (const timer of this.timers) timer.cancel();
    for (const channel of this.channels) channel.close();
  }
}
