import { ClientProbe } from '../../test/interop/support/client-probe.js';
import { javaCommand } from '../../test/interop/support/java-programs.js';
import { JsonLinesProcess } from '../../test/interop/support/json-lines-process.js';
import type { Server } from './servers.js';

export interface JavaSends {
  mode: 'sync' | 'async' | 'batch' | 'transaction';
  bytes: number;
  /** Not for `async`, where one thread has 256 sends under way. */
  threads?: number;
}

export interface Delays {
  /** Milliseconds from the send to the listener. */
  p50: number;
  p99: number;
}

/** Apache's Java client under load, in a process of its own that serves all brokers. */
export class JavaLoad {
  private constructor(
    private readonly process: JsonLinesProcess,
    private readonly probe: ClientProbe,
  ) {}

  static async start(): Promise<JavaLoad> {
    const command = [...javaCommand('5.3', 'interop.Probe', ['-Xmx1g', '-XX:+UseG1GC']), 'interop.Load5'];
    const started = await JsonLinesProcess.start('Java load', command);
    return new JavaLoad(started, new ClientProbe('Java load', started));
  }

  get pid(): number {
    return this.process.pid;
  }

  async stop(): Promise<void> {
    await this.process.kill();
  }

  async createTopic({ nameServer }: Server, topic: string, queues: number): Promise<void> {
    await this.probe.run('createTopic', { nameServer, topic, queues });
  }

  /** Sends for so long. */
  async send(
    { nameServer }: Server,
    topic: string,
    sends: JavaSends,
    ms: number,
  ): Promise<{ count: number; elapsedMs: number }> {
    return this.probe.run('load', { nameServer, group: 'bench', topic, ms, ...sends });
  }

  /** Consumes a backlog; the time from its first message to its last. */
  async drain(
    { nameServer }: Server,
    topic: string,
    group: string,
    count: number,
  ): Promise<{ count: number; elapsedMs: number }> {
    return this.probe.run('drain', { nameServer, topic, group, count });
  }

  /** Sends at a steady rate to a consumer of the same process. */
  async delays({ nameServer }: Server, topic: string, perSecond: number, ms: number): Promise<Delays> {
    const delays = await this.probe.run<Delays & { missing: number }>('delays', {
      ...{ nameServer, topic, group: `delays-${topic}`, perSecond, ms },
    });
    if (delays.missing > 0) throw new Error(`${delays.missing} messages did not come`);
    return delays;
  }
}
