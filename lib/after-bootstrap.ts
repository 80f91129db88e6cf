import type { OnApplicationBootstrap } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/**
 * Runs `work` once every bootstrap hook of the application has run; to be called from such a hook.
 * Nest has no event for that. It calls the hook of the root module's class after all others, so the
 * work is put behind this one; should the work fail, so does the application's init().
 */
export function afterBootstrap(modules: ModulesContainer, work: () => Promise<void>): void {
  // Nest's own order, see NestApplicationContext#getModulesToTriggerHooksOn.
  const last = [...modules.values()].sort((a, b) => b.distance - a.distance).at(-1);
  const host = last?.instance as Partial<OnApplicationBootstrap>;
  const isOwn = Object.hasOwn(host, 'onApplicationBootstrap');
  const hook = host.onApplicationBootstrap;
  host.onApplicationBootstrap = async () => {
    if (isOwn) host.onApplicationBootstrap = hook;
    else delete host.onApplicationBootstrap;
    await hook?.call(host);
    await work();
  };
}
