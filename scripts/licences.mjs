// Whatever an installation brings along has a permissive licence, and no known advisory.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const permissive = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unlicense',
];

/** @type {{ packages: Record<string, { dev?: boolean }> }} */
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
// A prebuilt binary for another platform is in the lock file and not on the disk.
const production = Object.keys(lock.packages).filter((path) => path && !lock.packages[path].dev && existsSync(path));
for (const path of production) {
  const { name, version, license } = JSON.parse(readFileSync(`${path}/package.json`, 'utf8'));
  if (permissive.includes(license)) continue;
  console.error(`${name} ${version} has the licence '${license}', which is none of ${permissive.join(', ')}.`);
  process.exitCode = 1;
}
console.log(`licences: ${production.length} production dependencies looked at`);

const audit = spawnSync('npm', ['audit', '--omit=dev', '--json', '--fetch-retries=0'], {
  encoding: 'utf8',
  timeout: 30_000,
  shell: true,
});
const report = parse(audit.stdout);
if (report?.vulnerabilities) {
  const vulnerable = Object.keys(report.vulnerabilities);
  console.log(`advisories: ${vulnerable.length > 0 ? vulnerable.join(', ') : 'none'}`);
  if (vulnerable.length > 0) process.exitCode = 1;
} else {
  // Being offline, or behind a registry that has no advisories, is no fault of the code.
  console.log('advisories: skipped, the registry gives none');
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // npm was ended by its time limit or could not start
  }
}
