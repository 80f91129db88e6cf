// node scripts/bench.mjs <area> [--quick] [--json FILE]: runs bench/<area>/main.ts
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const [area, ...args] = process.argv.slice(2);
if (!area || !existsSync(`bench/${area}/main.ts`)) {
  const areas = existsSync('bench') ? readdirSync('bench').filter((name) => existsSync(`bench/${name}/main.ts`)) : [];
  console.error(`There is no benchmark named '${area ?? ''}'. There are: ${areas.join(', ') || 'none yet'}.`);
  process.exit(2);
}
const node = ['--expose-gc', '--import', './scripts/ts.mjs', `bench/${area}/main.ts`, ...args];
process.exitCode = spawnSync(process.execPath, node, { stdio: 'inherit' }).status ?? 1;
