import type { Logger } from '../../ports/logger.js';

/** Calls each hook; one that throws is logged and disturbs neither the others nor the caller. */
export function callHooks<Hook>(hooks: readonly Hook[], logger: Logger, call: (hook: Hook) => void): void {
  for (const hook of hooks) {
    try {
      call(hook);
    } catch (error) {
      logger.warn('a hook failed', { error });
    }
  }
}
