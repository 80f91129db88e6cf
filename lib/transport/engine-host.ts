import { ClosedError, type Engine } from '../engine/index.js';

/** Starts or connects the engine when it is first asked for; everyone gets the same one. */
export class EngineHost {
  private starting?: Promise<Engine>;
  private started?: Engine;
  private stopping?: Promise<void>;

  constructor(private readonly startEngine: () => Promise<Engine>) {}

  /** Undefined until it has started. */
  get current(): Engine | undefined {
    return this.started;
  }

  /** @throws what the start threw, to everyone; ClosedError after stop() */
  ready(): Promise<Engine> {
    if (this.stopping !== undefined)
      return Promise.reject(new ClosedError('the application is shutting down; nothing more can be sent or received'));
    this.starting ??= this.startEngine().then((engine) => (this.started = engine));
    return this.starting;
  }

  /** Also stops the clients made by the engine that still run. */
  stop(): Promise<void> {
    this.stopping ??= this.finish();
    return this.stopping;
  }

  private async finish(): Promise<void> {
    const engine = await this.starting?.catch(() => undefined); // whoever asked for it knows
    await engine?.stop();
  }
}
