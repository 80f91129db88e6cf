// node scripts/guard.mjs [DIR]: holds every import of DIR's lib and sample-app against .dependency-cruiser.cjs.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = process.argv[2] ?? '.';
const depcruise = fileURLToPath(
  new URL('../node_modules/dependency-cruiser/bin/dependency-cruise.mjs', import.meta.url),
);
const config = fileURLToPath(new URL('../.dependency-cruiser.cjs', import.meta.url));
const trees = ['lib', 'sample-app'].filter((tree) => existsSync(`${root}/${tree}`));

const cruise = spawnSync(process.execPath, [depcruise, '--config', config, '--output-type', 'json', ...trees], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 2 ** 28,
});
if (!cruise.stdout) {
  console.error(cruise.stderr);
  process.exit(1);
}
const { violations, totalCruised } = JSON.parse(cruise.stdout).summary;
for (const { rule, from, to, cycle } of violations) {
  const path = cycle ? cycle.map((/** @type {{ name: string }} */ step) => step.name).join(' -> ') : to;
  console.log(`${rule.name}: ${from} -> ${path}`);
}
console.log(`${totalCruised} files, ${violations.length} imports in the wrong direction`);
// A compiler that dependency-cruiser can't use makes it see no file at all, and find nothing wrong.
if (totalCruised === 0) console.error('No file was read.');
process.exitCode = violations.length > 0 || totalCruised === 0 ? 1 : 0;
