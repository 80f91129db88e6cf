import {
  ApplicationConfig,
  ContextIdFactory,
  GraphInspector,
  MetadataScanner,
  ModuleRef,
  type ModulesContainer,
  type NestContainer,
} from '@nestjs/core';
import { GuardsConsumer, GuardsContextCreator } from '@nestjs/core/guards/index.js';
import { InterceptorsConsumer, InterceptorsContextCreator } from '@nestjs/core/interceptors/index.js';
import { PipesConsumer, PipesContextCreator } from '@nestjs/core/pipes/index.js';
import { NestMicroservice, type MicroserviceOptions } from '@nestjs/microservices';
import { ExceptionFiltersContext } from '@nestjs/microservices/context/exception-filters-context.js';
import { RequestContextHost } from '@nestjs/microservices/context/request-context-host.js';
import { RpcContextCreator } from '@nestjs/microservices/context/rpc-context-creator.js';
import { RpcProxy } from '@nestjs/microservices/context/rpc-proxy.js';
import type { Observable } from 'rxjs';
import { ROCKET_LISTENERS, type ListenerDefinition } from '../decorators/metadata.js';
import { ConfigurationError } from '../engine/index.js';
import { keepingOriginalErrors, noteOriginalErrorsOf, noteOriginalErrorsOfAll } from './original-errors.js';
import type { RocketMqServer } from './rocketmq.server.js';
import type { Listener } from './subscription-plan.js';

type NestModule = ModulesContainer extends Map<string, infer Module> ? Module : never;
type Wrapper = NestModule['providers'] extends Map<unknown, infer InstanceWrapper> ? InstanceWrapper : never;

/** As Nest's creator types a handler; it may as well return a value or a promise. */
type HandlerMethod = (...args: unknown[]) => Observable<unknown>;

interface DecoratedMethod {
  name: string;
  method: object;
  definitions: readonly ListenerDefinition[];
}

/** A decorated method of a provider. */
interface ProviderMethod {
  moduleKey: string;
  module: NestModule;
  wrapper: Wrapper;
  name: string;
  definitions: readonly ListenerDefinition[];
}

/** Connects decorated methods to the transport, with Nest's guards, pipes, interceptors and filters around them. */
export class ListenerBinder {
  private readonly container: NestContainer;
  private readonly config: ApplicationConfig;
  private readonly scanner = new MetadataScanner();

  /** @param globalEnhancers whether those bound globally apply */
  constructor(
    moduleRef: ModuleRef,
    private readonly modules: ModulesContainer,
    private readonly appConfig: ApplicationConfig,
    { globalEnhancers }: { globalEnhancers: boolean },
  ) {
    this.container = (moduleRef as unknown as { container: NestContainer }).container;
    this.config = keepingOriginalErrors(globalEnhancers ? appConfig : new ApplicationConfig());
  }

  /** What connectMicroservice() does, for an application that does not call it. */
  bindControllers(server: RocketMqServer): void {
    const options: MicroserviceOptions = { strategy: server };
    const inspector = new GraphInspector(this.container);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's options are plain objects
    new NestMicroservice(this.container, options, inspector, this.config).registerListeners();
  }

  /** Nest binds controllers only; providers get the same from here. */
  bindProviders(server: RocketMqServer): void {
    const contexts = this.contextCreator();
    for (const method of this.providerMethods()) {
      const handle = this.handlerOf(method, contexts);
      for (const definition of method.definitions) server.addListener({ definition, handle });
    }
  }

  /** Before Nest binds controllers with a configuration that is not ours. */
  noteOriginalErrors(): void {
    noteOriginalErrorsOfAll(this.appConfig);
    for (const { method } of this.controllerMethods()) noteOriginalErrorsOf(method);
  }

  /** Of controllers and providers, whatever their connection. */
  definitions(): ListenerDefinition[] {
    const ofProviders = [...this.providerMethods()].flatMap(({ definitions }) => definitions);
    return [...ofProviders, ...this.controllerMethods().flatMap(({ definitions }) => definitions)];
  }

  private controllerMethods(): DecoratedMethod[] {
    const controllers = [...this.modules.values()].flatMap((module) => [...module.controllers.values()]);
    return controllers.flatMap(({ metatype }) => this.decoratedMethods(metatype?.prototype as unknown));
  }

  private *providerMethods(): Generator<ProviderMethod> {
    const seen = new Set<unknown>(); // one instance may be provided by several tokens
    for (const [moduleKey, module] of this.modules) {
      for (const wrapper of module.providers.values()) {
        const isStatic = wrapper.isDependencyTreeStatic();
        const host: unknown = isStatic ? wrapper.instance : wrapper.metatype;
        if (typeof host !== (isStatic ? 'object' : 'function') || host === null || seen.has(host)) continue;
        const prototype: unknown = isStatic ? Object.getPrototypeOf(host) : (host as { prototype: unknown }).prototype;
        for (const { name, definitions } of this.decoratedMethods(prototype)) {
          seen.add(host);
          yield { moduleKey, module, wrapper, name, definitions };
        }
      }
    }
  }

  private decoratedMethods(prototype: unknown): DecoratedMethod[] {
    if (typeof prototype !== 'object' || prototype === null) return [];
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const method = (prototype as Record<string, object>)[name];
      const definitions = Reflect.getMetadata(ROCKET_LISTENERS, method) as ListenerDefinition[] | undefined;
      return definitions === undefined ? [] : [{ name, method, definitions }];
    });
  }

  private handlerOf(
    { moduleKey, module, wrapper, name, definitions }: ProviderMethod,
    contexts: RpcContextCreator,
  ): Listener['handle'] {
    if (wrapper.isTransient)
      throw new ConfigurationError(
        definitions[0].source,
        'its class is transient, so that it is unclear which instance listens; make it a singleton or request-scoped',
      );
    if (wrapper.isDependencyTreeStatic()) {
      const instance = wrapper.instance as Record<string, HandlerMethod>;
      return contexts.create(instance, instance[name], moduleKey, name);
    }
    return async (payload, context) => {
      const request = RequestContextHost.create(definitions[0].pattern, payload, context);
      const contextId = ContextIdFactory.getByRequest(request);
      const { payload: durable } = contextId;
      const isDurable = wrapper.isDependencyTreeDurable();
      this.container.registerRequestProvider(isDurable ? durable : Object.assign(request, durable), contextId);
      const moduleRef = module.getProviderByKey<ModuleRef>(ModuleRef).instance;
      const token = wrapper.token as string;
      const instance = await moduleRef.resolve<Record<string, HandlerMethod>>(token, contextId);
      return contexts.create(instance, instance[name], moduleKey, name, contextId, wrapper.id)(payload, context);
    };
  }

  private contextCreator(): RpcContextCreator {
    const { container, config } = this;
    return new RpcContextCreator(
      new RpcProxy(),
      new ExceptionFiltersContext(container, config),
      new PipesContextCreator(container, config),
      new PipesConsumer(),
      new GuardsContextCreator(container, config),
      new GuardsConsumer(),
      new InterceptorsContextCreator(container, config),
      new InterceptorsConsumer(),
      config,
    );
  }
}
