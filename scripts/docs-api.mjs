// node scripts/docs-api.mjs [typedoc's options, such as --json FILE]
//
// The API reference of every door of the package; without options as pages in dist/api.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { publicNames } from './sources.mjs';

const typedoc = fileURLToPath(new URL('../node_modules/typedoc/bin/typedoc', import.meta.url));
const doors = publicNames.map(([, source]) => source);
const given = process.argv.slice(2);
const wanted = given.length > 0 ? given : ['--out', 'dist/api'];
const { status } = spawnSync(process.execPath, [typedoc, ...wanted, ...doors], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
