import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { MqModule } from '../../../lib/mq.module.js';
import type { MqModuleOptions } from '../../../lib/mq.options.js';
import { ENGINE_STARTER } from '../../../lib/tokens.js';
import { FakeEngine } from '../../support/fake-engine.js';

export type AppParts = ModuleMetadata & { options?: Partial<MqModuleOptions> };

/** A Nest application on a FakeEngine, not yet initialized, and silent. */
export async function createApp(parts: AppParts): Promise<{ app: INestApplication; engine: FakeEngine }> {
  const { options, imports = [], ...metadata } = parts;
  const engine = new FakeEngine();
  const mq = MqModule.forRoot({ engine: { type: 'embedded', storeDir: 'nowhere' }, ...options });
  const builder = Test.createTestingModule({ ...metadata, imports: [...imports, mq] });
  const module = await builder.overrideProvider(ENGINE_STARTER).useValue(engine.starter).compile();
  return { app: silentApp(module), engine };
}

export function silentApp(module: TestingModule): INestApplication {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares these options as a class
  return module.createNestApplication({ logger: false });
}

export async function startApp(parts: AppParts): Promise<{ app: INestApplication; engine: FakeEngine }> {
  const created = await createApp(parts);
  await created.app.init();
  return created;
}
