import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  OnModuleDestroy,
  OnModuleInit,
} from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { afterBootstrap } from './after-bootstrap.js';
import type { ListenerDefinition } from './decorators/metadata.js';
import { ConfigurationError, nearestName } from './engine/index.js';
import { connectionOfServerToken } from './tokens.js';
import type { EngineHost } from './transport/engine-host.js';
import type { ListenerBinder } from './transport/listener-binder.js';
import type { RocketTemplate } from './transport/mq.template.js';
import type { RocketMqServer } from './transport/rocketmq.server.js';
import { connectionOf } from './transport/subscription-plan.js';
import type { Telemetry, TelemetrySource } from './transport/telemetry.js';
import type { TransactionHost } from './transport/transaction-host.js';

/** The engine is there before any onModuleInit of the application, and goes when everything else has ended. */
export class EngineLifecycle implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly host: EngineHost,
    private readonly transactions: TransactionHost,
    private readonly template: RocketTemplate,
    private readonly watching: { telemetry?: Telemetry; source: TelemetrySource },
  ) {}

  async onModuleInit(): Promise<void> {
    await this.host.ready();
    if (this.transactions.isConfigured) await this.transactions.runner();
    this.watching.telemetry?.start?.(this.watching.source);
  }

  /** Databases are still open here. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.transactions.stop();
    await this.watching.telemetry?.stop?.();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.template.stop();
    await this.host.stop();
  }
}

/**
 * Listeners start when the application has bootstrapped, and end before its modules do. They are
 * bound here, unless connectMicroservice() or createMicroservice() was given the server to do so.
 */
export class ListenersLifecycle implements OnApplicationBootstrap, OnModuleDestroy {
  private boundBy?: 'module' | 'microservice';
  private isBootstrapped = false;

  constructor(
    private readonly server: RocketMqServer,
    private readonly binder: ListenerBinder,
    private readonly modules: ModulesContainer,
  ) {
    // Nest 11.0 has no such registry: there only the handlers themselves tell, see below.
    (modules.getRpcTargetRegistry as typeof modules.getRpcTargetRegistry | undefined)
      ?.call(modules)
      .subscribe((target: unknown) => {
        if (target !== server || this.boundBy !== undefined) return;
        this.boundBy = 'microservice';
        binder.noteOriginalErrors();
      });
  }

  /** Nest may call it twice, see deferInitialization. */
  onApplicationBootstrap(): void {
    if (!this.isBootstrapped) {
      this.isBootstrapped = true;
      checkConnections(this.modules, this.binder.definitions());
      const isBound = this.boundBy !== undefined || this.server.getHandlers().size > 0;
      this.binder.bindProviders(this.server);
      if (!isBound) this.bindAll();
    }
    afterBootstrap(this.modules, () => this.server.bootstrap());
  }

  async onModuleDestroy(): Promise<void> {
    await this.server.close();
  }

  private bindAll(): void {
    this.boundBy = 'module';
    this.binder.bindControllers(this.server);
    this.server.listen(() => undefined); // bootstrap() starts it
  }
}

/** @throws ConfigurationError two modules make the same connection, or a listener wants one that nobody makes */
function checkConnections(modules: ModulesContainer, definitions: readonly ListenerDefinition[]): void {
  const tokens = [...modules.values()].flatMap(({ providers }) => [...providers.keys()]);
  const names = tokens.map(connectionOfServerToken).filter((name) => name !== undefined);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new ConfigurationError(
      'connection',
      `two MqModule.forRoot() are named '${twice}'; import one of them only, or name it by the option connection`,
    );
  for (const definition of definitions) {
    const name = connectionOf(definition);
    if (names.includes(name)) continue;
    const nearest = nearestName(name, names);
    const hint = nearest === undefined ? `; there are ${names.join(', ')}` : `; did you mean '${nearest}'?`;
    throw new ConfigurationError(definition.source, `connection: no MqModule is named '${name}'${hint}`);
  }
}
