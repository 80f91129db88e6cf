import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { ROCKET_LISTENERS, ROCKET_TRANSPORT, type ListenerDefinition } from '../decorators/metadata.js';
import { ClosedError, ConfigurationError, type Engine, type Logger } from '../engine/index.js';
import { ConsumerGroup, type ConsumerGroupParts } from './consumer-group.js';
import type { DevelopmentReport } from './development-report.js';
import type { EngineHost } from './engine-host.js';
import type { RocketContext } from './rocketmq.context.js';
import { connectionOf, planGroups, type Listener } from './subscription-plan.js';

/** What RocketMqServer says of its listeners. */
export type RocketMqStatus = 'connected' | 'disconnected';

export interface RocketMqServerParts extends Omit<ConsumerGroupParts, 'process'> {
  host: EngineHost;
  connection: string;
  logger: Logger;
  /** Told when the listeners have started. Default: nobody. */
  report?: DevelopmentReport;
}

/**
 * Nest's transport strategy: collects the listeners, starts one push consumer per group when the
 * application has bootstrapped, and acknowledges each message by what its handler came to.
 */
export class RocketMqServer extends Server<never, RocketMqStatus> implements CustomTransportStrategy {
  // Nest offers handlers of this transport and of none; ours name it.
  override transportId: Server['transportId'] = ROCKET_TRANSPORT;
  // Ours reach the consume status, so that Nest need not log them.
  override readonly propagatesEventHandlerErrors = true;

  /** What Nest starts with: it only calls on. */
  private readonly noStartHook = this.onProcessingStartHook as typeof this.onProcessingStartHook | undefined;
  private readonly listeners: Listener[] = [];
  private groups: readonly ConsumerGroup[] = [];
  private isBootstrapped = false;
  private isAsked = false;
  private starting?: Promise<void>;
  private closing?: Promise<void>;

  constructor(private readonly parts: RocketMqServerParts) {
    super();
  }

  get consumerGroups(): readonly ConsumerGroup[] {
    return this.groups;
  }

  get connection(): string {
    return this.parts.connection;
  }

  /** Called by Nest for each pattern of each controller. Handlers are never chained: each has an outcome of its own. */
  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const definitions = extras[ROCKET_LISTENERS] as ListenerDefinition[] | undefined;
    const definition =
      definitions?.find((one) => one.pattern === pattern) ?? this.plainPattern(pattern, isEventHandler);
    if (definition === undefined) {
      this.parts.logger.warn('a handler without @RocketListener is left to other transports', { pattern });
      return;
    }
    this.addListener({ definition, handle: callback as Listener['handle'] });
    this.messageHandlers.set(String(pattern), Object.assign(callback, { isEventHandler, extras }));
  }

  /** A listener of another connection is not taken. */
  addListener(listener: Listener): void {
    if (connectionOf(listener.definition) !== this.parts.connection) return;
    if (this.starting !== undefined)
      this.parts.logger.warn('a listener was bound after the start and is ignored; connect before app.init()', {
        listener: listener.definition.source,
      });
    else this.listeners.push(listener);
  }

  /** Starts the listeners, or has them started by the bootstrap that is yet to come: no message comes before onModuleInit. */
  override listen(callback: (error?: unknown) => void): void {
    this.isAsked = true;
    if (!this.isBootstrapped) callback();
    else this.start().then(() => callback(), callback);
  }

  /** The application has bootstrapped. May be called twice. */
  async bootstrap(): Promise<void> {
    this.isBootstrapped = true;
    if (this.isAsked) await this.start();
  }

  /** Checks what the listeners want. @throws ConfigurationError naming those that contradict each other */
  private plan(): ConsumerGroup[] {
    const parts = { ...this.parts, process: this.process };
    const plans = planGroups(this.listeners, this.parts.defaults.group);
    const idempotent = this.listeners.find(({ definition }) => definition.options.idempotency);
    if (idempotent !== undefined && this.parts.inbox === undefined)
      throw new ConfigurationError(
        'inbox',
        `is missing in the options of MqModule, and ${idempotent.definition.source} is idempotent; give it { unitOfWork }`,
      );
    return plans.map((plan) => new ConsumerGroup(plan, parts));
  }

  private start(): Promise<void> {
    this.starting ??= this.begin();
    return this.starting;
  }

  private async begin(): Promise<void> {
    this.groups = this.plan();
    const automatic = this.groups.filter(({ plan }) => plan.options.autoStartup !== false);
    if (this.groups.length === 0 || this.closing !== undefined) return;
    try {
      const engine = await this.parts.host.ready();
      await Promise.all(automatic.map((group) => group.start(engine)));
      const plans = this.groups.map(({ plan }) => plan);
      await this.parts.report?.show(plans, engine);
    } catch (error) {
      await this.stopGroups();
      throw error;
    }
    this._status$.next('connected');
  }

  /** Fetches nothing more, waits for the handlers under way until the drain deadline. */
  override close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    await this.starting?.catch(() => undefined); // whoever started knows
    await this.stopGroups();
    const abandoned = this.parts.runner.cancelAll(new ClosedError('the application stopped before its handler ended'));
    if (abandoned > 0)
      this.parts.logger.warn('stopped with handlers under way; their messages are delivered again', { abandoned });
    this._status$.next('disconnected');
  }

  private async stopGroups(): Promise<void> {
    const results = await Promise.allSettled(this.groups.map((group) => group.stop()));
    for (const result of results)
      if (result.status === 'rejected')
        this.parts.logger.error('a consumer did not stop cleanly', { error: result.reason });
  }

  override on(): never {
    throw new Error('RocketMqServer emits no events; subscribe to its status, or listen to the log');
  }

  /** @returns a promise of the Engine */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Nest's signature
  override unwrap<T = Promise<Engine>>(): T {
    return this.parts.host.ready() as T;
  }

  /**
   * Nest's hooks begin and end a span; the acknowledgement follows our own promise, whatever a hook
   * returns. Nest 11.0 has no hooks.
   */
  private readonly process = (context: RocketContext, work: () => Promise<unknown>): Promise<unknown> => {
    const begin = this.onProcessingStartHook as typeof this.onProcessingStartHook | undefined;
    const isHooked = begin !== this.noStartHook || (this.onProcessingEndHook as unknown) !== undefined;
    if (begin === undefined || !isHooked) return work();
    const transportId = this.transportId ?? ROCKET_TRANSPORT;
    return new Promise((resolve, reject) => {
      begin.call(this, transportId, context, () => {
        const settled = work().finally(() => {
          (this.onProcessingEndHook as typeof this.onProcessingEndHook | undefined)?.(transportId, context);
        });
        return settled.then(resolve, reject);
      });
    });
  };

  /** `@EventPattern('topic:tag')` listens, too, when the connection has a default group; `@MessagePattern` also replies. */
  private plainPattern(pattern: unknown, isEventHandler: boolean): ListenerDefinition | undefined {
    const { group } = this.parts.defaults;
    if (group === undefined || typeof pattern !== 'string') return undefined;
    const [topic, expression = '*'] = pattern.split(':');
    const options = { connection: this.parts.connection, reply: !isEventHandler };
    return {
      pattern,
      source: `@${isEventHandler ? 'EventPattern' : 'MessagePattern'}('${pattern}')`,
      topics: [topic],
      selector: { type: 'TAG', expression },
      options,
    };
  }
}
