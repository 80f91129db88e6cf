import { Module, type DynamicModule } from '@nestjs/common';
import { MqModule } from '../mq.module.js';
import type { MqModuleExtras, MqModuleOptions } from '../mq.options.js';
import { ENGINE_STARTER, MQ_CLOCK } from '../tokens.js';
import type { TestBroker } from './test-broker.js';

export interface RocketTestingOptions extends Omit<MqModuleOptions, 'engine'>, MqModuleExtras {
  /** Where messages go; several applications may share one. */
  broker: TestBroker;
}

/** Nest's TestingModuleBuilder, as far as it is needed here. */
interface ProviderOverriding {
  overrideProvider(token: unknown): { useValue(value: unknown): unknown };
}

/**
 * Takes the place of MqModule in a test: the same module over a TestBroker, by whose clock everything
 * goes. Nothing is opened, nothing is written.
 */
@Module({})
export class RocketTestingModule {
  static forRoot({ broker, extraProviders = [], ...options }: RocketTestingOptions): DynamicModule {
    return MqModule.forRoot({
      ...options,
      engine: { type: 'embedded', storeDir: 'in memory' },
      extraProviders: [
        ...extraProviders,
        ...Object.entries(partsOf(broker)).map(([provide, useValue]) => ({ provide, useValue })),
      ],
    });
  }

  /** For a test of a module that imports MqModule itself: every connection of it goes to `broker`. */
  static override<Builder extends ProviderOverriding>(builder: Builder, broker: TestBroker): Builder {
    for (const [token, value] of Object.entries(partsOf(broker))) builder.overrideProvider(token).useValue(value);
    return builder;
  }
}

function partsOf(broker: TestBroker): Record<string, unknown> {
  return { [ENGINE_STARTER]: broker.starter, [MQ_CLOCK]: broker.clock };
}
