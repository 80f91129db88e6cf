// node scripts/docs-api.mjs [typedoc's options]: the API reference of every door of the package, by default in dist/api.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { publicNames } from './sources.mjs';

const typedoc = fileURLToPath(new URL('../node_modules/typedoc/bin/typedoc', import.meta.url));
const doors = publicNames.map(([, source]) => source);
const { status } = spawnSync(process.execPath, [typedoc, ...process.argv.slice(2), ...doors], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
