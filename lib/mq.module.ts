import {
  ConfigurableModuleBuilder,
  Module,
  type ConfigurableModuleAsyncOptions,
  type DynamicModule,
  type FactoryProvider,
  type InjectionToken,
  type Provider,
} from '@nestjs/common';
import { ApplicationConfig, ModuleRef, ModulesContainer } from '@nestjs/core';
import { DEFAULT_CONNECTION, rocketTemplateToken } from './decorators/metadata.js';
import { NodeClock, type Clock, type Logger } from './engine/index.js';
import { featureExports, featureProviders, type Feature } from './mq.feature.js';
import { EngineLifecycle, ListenersLifecycle } from './mq.lifecycle.js';
import {
  resolveOptions,
  type MqModuleExtras,
  type MqModuleOptions,
  type MqOptionsFactory,
  type ResolvedMqOptions,
} from './mq.options.js';
import {
  ENGINE_STARTER,
  MQ_CLOCK,
  inboxToken,
  listenerRegistryToken,
  mqAdminToken,
  outboxToken,
  rocketMqClientToken,
  rocketMqServerToken,
} from './tokens.js';
import { Inbox, OutboxService, TransactionCoordinator, type UnitOfWork } from './transaction/index.js';
import { areaLogger } from './transport/area-logger.js';
import { DevelopmentReport } from './transport/development-report.js';
import { EngineHost } from './transport/engine-host.js';
import { HandlerRunner } from './transport/handler-runner.js';
import { ListenerBinder } from './transport/listener-binder.js';
import { ListenerRegistry } from './transport/listener-registry.js';
import { MqAdmin } from './transport/mq.admin.js';
import { RocketTemplate } from './transport/mq.template.js';
import { jsonPayloadCodec } from './transport/payload-codec.js';
import { RocketMqClientProxy } from './transport/rocketmq.client-proxy.js';
import { RocketMqServer } from './transport/rocketmq.server.js';
import { startEngine, type EngineStarter } from './transport/start-engine.js';
import { transactionChecker } from './transport/transaction-checks.js';
import type { GroupPlan } from './transport/subscription-plan.js';
import { joinTelemetry, type Telemetry } from './transport/telemetry.js';
import { TransactionHost } from './transport/transaction-host.js';
import { TransactionalMethods } from './transport/transactional-methods.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<MqModuleOptions>({
  moduleName: 'Mq',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createMqOptions')
  .setExtras<MqModuleExtras>(
    { isGlobal: true, connection: DEFAULT_CONNECTION, extraProviders: [] },
    (definition, { isGlobal = true, connection = DEFAULT_CONNECTION, extraProviders = [] }) => ({
      ...definition,
      global: isGlobal,
      providers: [...(definition.providers ?? []), ...connectionProviders(connection), ...extraProviders],
      exports: publicTokens(connection),
    }),
  )
  .build();

/** Engine and clients of one connection. Global, so that Nest starts it first and ends it last. */
@Module({})
class MqConnectionModule extends ConfigurableModuleClass {}

/** Topics that one module of the application uses. */
@Module({})
class MqFeatureModule {}

/**
 * RocketMQ for a Nest application. Listeners start by themselves when the application has
 * bootstrapped; a hybrid application may hand `app.get(RocketMqServer)` to connectMicroservice()
 * instead. Import it once for each connection.
 */
@Module({})
export class MqModule {
  static forRoot(options: MqModuleOptions & MqModuleExtras): DynamicModule {
    return withListeners(MqConnectionModule.forRoot(options ?? {}), options?.connection);
  }

  /** The options come from useFactory, useClass or useExisting; isGlobal, connection and extraProviders stand beside these. */
  static forRootAsync(
    options: ConfigurableModuleAsyncOptions<MqModuleOptions, keyof MqOptionsFactory> & MqModuleExtras,
  ): DynamicModule {
    return withListeners(MqConnectionModule.forRootAsync(options), options.connection);
  }

  /**
   * Makes topics that are missing before the listeners start, and gives the importing module a
   * TopicSender for each: `@InjectTopic(topic)`. Needs a connection with isGlobal.
   */
  static forFeature(topics: readonly Feature[], connection = DEFAULT_CONNECTION): DynamicModule {
    const tokens = { host: internalToken('host', connection), logger: internalToken('logger', connection) };
    const providers = featureProviders(topics, connection, tokens);
    return { module: MqFeatureModule, providers, exports: featureExports(providers) };
  }
}

/** Not global, unlike the connection: so its listeners end before the global modules do, whose databases they may use. */
function withListeners(connectionModule: DynamicModule, connection = DEFAULT_CONNECTION): DynamicModule {
  const lifecycle: FactoryProvider = {
    provide: ListenersLifecycle,
    useFactory: (server: RocketMqServer, binder: ListenerBinder, modules: ModulesContainer) =>
      new ListenersLifecycle(server, binder, modules),
    inject: [rocketMqServerToken(connection), internalToken('binder', connection), ModulesContainer],
  };
  return { module: MqModule, imports: [connectionModule], providers: [lifecycle], exports: [connectionModule] };
}

function internalToken(part: string, connection: string): string {
  return `nestjs-rocketmq:internal:${part}:${connection}`;
}

function publicTokens(connection: string): InjectionToken[] {
  const named = [
    rocketTemplateToken(connection),
    rocketMqServerToken(connection),
    rocketMqClientToken(connection),
    listenerRegistryToken(connection),
    mqAdminToken(connection),
    outboxToken(connection),
    inboxToken(connection),
    ...['binder', 'host', 'logger'].map((part) => internalToken(part, connection)),
  ];
  const classes = [
    RocketTemplate,
    RocketMqServer,
    RocketMqClientProxy,
    ListenerRegistry,
    MqAdmin,
    OutboxService,
    Inbox,
  ];
  return connection === DEFAULT_CONNECTION ? [...named, ...classes] : named;
}

function connectionProviders(connection: string): Provider[] {
  const options = internalToken('options', connection);
  const host = internalToken('host', connection);
  const transactions = internalToken('transactions', connection);
  const server = rocketMqServerToken(connection);
  const template = rocketTemplateToken(connection);
  const logger = internalToken('logger', connection);
  const transactionLogger = internalToken('transaction-logger', connection);
  const telemetryLogger = internalToken('telemetry-logger', connection);
  const telemetry = internalToken('telemetry', connection);

  const providers: Provider[] = [
    { provide: options, useFactory: resolveOptions, inject: [MODULE_OPTIONS_TOKEN] },
    {
      provide: logger,
      useFactory: (given: ResolvedMqOptions) => areaLogger('listeners', connection, given),
      inject: [options],
    },
    {
      provide: transactionLogger,
      useFactory: (given: ResolvedMqOptions) => areaLogger('transactions', connection, given),
      inject: [options],
    },
    {
      provide: telemetryLogger,
      useFactory: (given: ResolvedMqOptions) => areaLogger('telemetry', connection, given),
      inject: [options],
    },
    { provide: ENGINE_STARTER, useValue: startEngine },
    { provide: MQ_CLOCK, useClass: NodeClock },
    {
      provide: telemetry,
      useFactory: ({ telemetry: all = [] }: ResolvedMqOptions) => joinTelemetry(all),
      inject: [options],
    },
    {
      provide: host,
      useFactory: (given: ResolvedMqOptions, start: EngineStarter) =>
        new EngineHost(() => start(given.engine, areaLogger('engine', connection, given))),
      inject: [options, ENGINE_STARTER],
    },
    {
      provide: transactions,
      useFactory: (
        { transaction }: ResolvedMqOptions,
        engineHost: EngineHost,
        modules: ModulesContainer,
        log: Logger,
        clock: Clock,
        outbox?: OutboxService<unknown>,
      ) =>
        new TransactionHost({
          outbox,
          coordinator: transaction && {
            unitOfWork: transaction.unitOfWork,
            make: async () =>
              new TransactionCoordinator({
                ...transaction,
                engine: await engineHost.ready(),
                checkHandler: transactionChecker(modules, connection),
                clock,
                logger: log,
              }),
          },
        }),
      inject: [options, host, ModulesContainer, transactionLogger, MQ_CLOCK, outboxToken(connection)],
    },
    {
      // Undefined without its option; otherwise Nest's hooks start and stop it.
      provide: outboxToken(connection),
      useFactory: (
        { outbox, transaction }: ResolvedMqOptions,
        engineHost: EngineHost,
        log: Logger,
        clock: Clock,
      ): OutboxService<unknown> | undefined =>
        outbox &&
        new OutboxService({
          ...outbox,
          unitOfWork: (outbox.unitOfWork ?? transaction?.unitOfWork) as UnitOfWork,
          producer: { group: 'NEST_OUTBOX', ...outbox.producer },
          engine: () => engineHost.ready(),
          clock,
          logger: log,
        }),
      inject: [options, host, transactionLogger, MQ_CLOCK],
    },
    {
      provide: inboxToken(connection),
      useFactory: ({ inbox, transaction }: ResolvedMqOptions, log: Logger, clock: Clock): Inbox<unknown> | undefined =>
        inbox &&
        new Inbox({
          ...inbox,
          unitOfWork: (inbox.unitOfWork ?? transaction?.unitOfWork) as UnitOfWork,
          clock,
          logger: log,
        }),
      inject: [options, transactionLogger, MQ_CLOCK],
    },
    {
      provide: template,
      useFactory: (
        { producer, serializer = jsonPayloadCodec }: ResolvedMqOptions,
        engineHost: EngineHost,
        transactionHost: TransactionHost,
        clock: Clock,
        watching?: Telemetry,
      ) =>
        new RocketTemplate({
          producer,
          codec: serializer,
          host: engineHost,
          transactions: transactionHost,
          clock,
          connection,
          telemetry: watching,
        }),
      inject: [options, host, transactions, MQ_CLOCK, telemetry],
    },
    {
      provide: server,
      useFactory: (
        {
          consumerDefaults,
          drainTimeoutMs,
          development,
          transaction,
          serializer = jsonPayloadCodec,
        }: ResolvedMqOptions,
        engineHost: EngineHost,
        rocketTemplate: RocketTemplate,
        log: Logger,
        clock: Clock,
        watching?: Telemetry,
        inbox?: Inbox<unknown>,
      ) =>
        new RocketMqServer({
          host: engineHost,
          connection,
          telemetry: watching,
          inbox,
          codec: serializer,
          defaults: consumerDefaults,
          drainTimeoutMs,
          runner: new HandlerRunner(clock),
          report: development
            ? new DevelopmentReport({
                logger: log,
                producerGroup: transaction?.producerGroup,
                defaultConcurrency: consumerDefaults.concurrency,
              })
            : undefined,
          reply: (request, payload, isError) => rocketTemplate.reply(request, payload, { isError }),
          sendDeadLetter: (topic, message) => rocketTemplate.sendDeadLetter(topic, message),
          logger: log,
        }),
      inject: [options, host, template, logger, MQ_CLOCK, telemetry, inboxToken(connection)],
    },
    {
      provide: rocketMqClientToken(connection),
      useFactory: (rocketTemplate: RocketTemplate, log: Logger) => new RocketMqClientProxy(rocketTemplate, log),
      inject: [template, logger],
    },
    {
      provide: listenerRegistryToken(connection),
      useFactory: (rocketMqServer: RocketMqServer, engineHost: EngineHost) =>
        new ListenerRegistry(rocketMqServer, engineHost),
      inject: [server, host],
    },
    {
      provide: mqAdminToken(connection),
      useFactory: (
        engineHost: EngineHost,
        transactionHost: TransactionHost,
        outbox?: OutboxService<unknown>,
        inbox?: Inbox<unknown>,
      ) => new MqAdmin(engineHost, { outbox, inbox }, transactionHost),
      inject: [host, transactions, outboxToken(connection), inboxToken(connection)],
    },
    {
      provide: internalToken('binder', connection),
      useFactory: (
        { globalEnhancers = true }: ResolvedMqOptions,
        moduleRef: ModuleRef,
        modules: ModulesContainer,
        config: ApplicationConfig,
      ) => new ListenerBinder(moduleRef, modules, config, { globalEnhancers }),
      inject: [options, ModuleRef, ModulesContainer, ApplicationConfig],
    },
    {
      provide: TransactionalMethods,
      useFactory: (modules: ModulesContainer, rocketTemplate: RocketTemplate, transactionHost: TransactionHost) =>
        new TransactionalMethods(modules, connection, rocketTemplate, transactionHost),
      inject: [ModulesContainer, template, transactions],
    },
    {
      provide: EngineLifecycle,
      useFactory: (
        engineHost: EngineHost,
        transactionHost: TransactionHost,
        rocketTemplate: RocketTemplate,
        rocketMqServer: RocketMqServer,
        log: Logger,
        clock: Clock,
        { transaction }: ResolvedMqOptions,
        watching?: Telemetry,
        outbox?: OutboxService<unknown>,
        inbox?: Inbox<unknown>,
      ) =>
        new EngineLifecycle(engineHost, transactionHost, rocketTemplate, {
          telemetry: watching,
          source: {
            connection,
            clock,
            logger: log,
            engine: () => engineHost.ready(),
            groups: () => rocketMqServer.consumerGroups.map(({ plan }) => topicsOf(plan)),
            outbox,
            inbox,
            unconfirmed: transaction && (async () => (await transactionHost.ready()).unconfirmed()),
          },
        }),
      inject: [
        host,
        transactions,
        template,
        server,
        telemetryLogger,
        MQ_CLOCK,
        options,
        telemetry,
        outboxToken(connection),
        inboxToken(connection),
      ],
    },
  ];
  return connection === DEFAULT_CONNECTION ? [...providers, ...classAliases(connection)] : providers;
}

function topicsOf({ group, routes }: GroupPlan): { group: string; topics: string[] } {
  return { group, topics: [...routes.keys()] };
}

function classAliases(connection: string): Provider[] {
  return [
    { provide: RocketTemplate, useExisting: rocketTemplateToken(connection) },
    { provide: RocketMqServer, useExisting: rocketMqServerToken(connection) },
    { provide: RocketMqClientProxy, useExisting: rocketMqClientToken(connection) },
    { provide: MqAdmin, useExisting: mqAdminToken(connection) },
    { provide: OutboxService, useExisting: outboxToken(connection) },
    { provide: Inbox, useExisting: inboxToken(connection) },
    { provide: ListenerRegistry, useExisting: listenerRegistryToken(connection) },
  ];
}
