import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ServiceCommand, ServiceEvent } from './service-events.js';
import type { ServiceSettings } from './service-settings.js';

const program = fileURLToPath(new URL('./service.js', import.meta.url));

/** A service that could not start; the message says why. */
export class ServiceFailed extends Error {}

/** One running service: a child process, its address, and what it tells. */
export class ServiceProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** @throws ServiceFailed */
  static async start(settings: ServiceSettings, hear: (event: ServiceEvent) => void): Promise<ServiceProcess> {
    const child = fork(program, [JSON.stringify(settings)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.on('message', (event) => hear(event as ServiceEvent));
    const url = await new Promise<string>((resolve, reject) => {
      child.on('message', (message) => {
        const event = message as ServiceEvent;
        if (event.type === 'ready') resolve(event.url);
        if (event.type === 'failed') reject(new ServiceFailed(event.reason));
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        reject(new ServiceFailed(`the ${settings.runs.join(' and ')} service ended with ${signal ?? `code ${code}`}`));
      });
    });
    return new ServiceProcess(child, url);
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  send(command: ServiceCommand): void {
    this.child.send(command);
  }

  /** Resolves when the process has ended, however it did. */
  async ended(): Promise<void> {
    if (this.isAlive) await once(this.child, 'exit');
  }

  /** Lets it finish what it is doing. */
  async stop(): Promise<void> {
    if (this.isAlive && this.child.connected) this.send({ type: 'stop' });
    await this.ended();
  }
}
