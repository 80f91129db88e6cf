import type { OnModuleInit } from '@nestjs/common';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { DEFAULT_CONNECTION, TRANSACTION_CONTEXT, TRANSACTIONAL } from '../decorators/metadata.js';
import type { TransactionalDefinition } from '../decorators/rocket-transactional.js';
import { ConfigurationError } from '../engine/index.js';
import type { MessageSettings } from './outgoing-message.js';
import type { RocketTemplate } from './mq.template.js';
import type { TransactionHost } from './transaction-host.js';

type Method = (...given: unknown[]) => Promise<unknown>;

/** Has each call of a @RocketTransactional method of the connection run as a transaction with its message. */
export class TransactionalMethods implements OnModuleInit {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly connection: string,
    private readonly template: RocketTemplate,
    private readonly transactions: Pick<TransactionHost, 'isConfigured'>,
  ) {}

  /**
   * Before those of the application's modules, which may call such methods.
   * @throws ConfigurationError the module has no transactions; the method's class is made for each request
   */
  onModuleInit(): void {
    const bound = new Set<object>();
    for (const { providers, controllers } of this.modules.values()) {
      for (const wrapper of [...providers.values(), ...controllers.values()]) {
        const host = wrapper.instance as Record<string, Method> | null | undefined;
        if (typeof host !== 'object' || host === null || bound.has(host)) continue;
        bound.add(host);
        this.bindAll(host, wrapper.isDependencyTreeStatic());
      }
    }
  }

  private bindAll(host: Record<string, Method>, isSingleton: boolean): void {
    const prototype = Object.getPrototypeOf(host) as object | null;
    if (prototype === null) return;
    for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
      const definition = Reflect.getMetadata(TRANSACTIONAL, host[name]) as TransactionalDefinition | undefined;
      if (definition === undefined || (definition.options.connection ?? DEFAULT_CONNECTION) !== this.connection)
        continue;
      if (!this.transactions.isConfigured) throw missing(definition.source);
      if (!isSingleton) throw madeAnew(definition.source);
      const position = Reflect.getMetadata(TRANSACTION_CONTEXT, prototype, name) as number | undefined;
      bind(host, name, { definition, position, template: this.template });
    }
  }
}

interface Binding {
  definition: TransactionalDefinition;
  position: number | undefined;
  template: Pick<RocketTemplate, 'sendInTransaction'>;
}

function bind(host: Record<string, Method>, name: string, { definition, position, template }: Binding): void {
  const { topic, keys, body, shardingKey, headers } = definition.options;
  const bound: Method = async (...given) => {
    const call = given as never[];
    const settings: MessageSettings = {
      ...(keys && { keys: keys(...call) }),
      ...(shardingKey && { shardingKey: shardingKey(...call) }),
      ...(headers && { headers: headers(...call) }),
    };
    const work = (context: unknown): Promise<unknown> => {
      const completed = [...given];
      if (position !== undefined) completed[position] = context;
      return definition.method.apply(host, completed);
    };
    const payload = body === undefined ? given[0] : body(...call);
    return (await template.sendInTransaction(topic, payload, work, settings)).value;
  };
  // Interceptors, guards and listeners look for what decorators left on the method.
  for (const key of Reflect.getMetadataKeys(host[name]) as string[])
    Reflect.defineMetadata(key, Reflect.getMetadata(key, host[name]), bound);
  host[name] = bound;
}

function missing(source: string): ConfigurationError {
  return new ConfigurationError(
    'transaction',
    `${source} is @RocketTransactional, but MqModule has no option transaction; give it { unitOfWork, producerGroup }`,
  );
}

function madeAnew(source: string): ConfigurationError {
  return new ConfigurationError(
    '@RocketTransactional',
    `${source} belongs to a class that is made for each request; call RocketTemplate.sendInTransaction() there`,
  );
}
