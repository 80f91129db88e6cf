// node --import ./scripts/ts.mjs FILE.ts
//
// Lets Node run the sources as they are, with this package's public names meaning lib/.
// For benchmarks, for scripts, and for the child processes that tests start.
import { register } from 'node:module';

register('./ts-hooks.mjs', import.meta.url);
process.setSourceMapsEnabled(true);
