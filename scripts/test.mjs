// node scripts/test.mjs <group>... [--seed S] [--cycles N] [anything jest takes, such as a path pattern]
//
// Runs the groups one after the other, each in a jest of its own, and ends with the line
// `N passed, N failed, N skipped`. With TEST_SUMMARY=FILE each group also appends its numbers there as JSON.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * testSeconds: one test's time limit; limitMinutes: the whole group's, for one that hangs (not with --cycles).
 * workers: groups that start processes of their own get the machine to themselves.
 * build: the group runs what `npm run build:fast` builds.
 * @type {Record<string, { testSeconds: number, limitMinutes: number, workers: number, build?: boolean }>}
 */
const groups = {
  unit: { testSeconds: 10, limitMinutes: 5, workers: 2 },
  simulation: { testSeconds: 60, limitMinutes: 15, workers: 2 },
  integration: { testSeconds: 30, limitMinutes: 10, workers: 2 },
  architecture: { testSeconds: 60, limitMinutes: 5, workers: 1 },
  docs: { testSeconds: 120, limitMinutes: 10, workers: 2, build: true },
  e2e: { testSeconds: 60, limitMinutes: 10, workers: 1, build: true },
  interop: { testSeconds: 180, limitMinutes: 40, workers: 1 },
  crash: { testSeconds: 120, limitMinutes: 20, workers: 1 },
  chaos: { testSeconds: 180, limitMinutes: 20, workers: 1 },
  fuzz: { testSeconds: 120, limitMinutes: 15, workers: 2 },
};

const argv = process.argv.slice(2);
const firstOther = argv.findIndex((arg) => !(arg in groups));
const chosen = firstOther < 0 ? argv : argv.slice(0, firstOther);
const rest = firstOther < 0 ? [] : argv.slice(firstOther);
if (chosen.length === 0) {
  console.error(`Name one or more test groups: ${Object.keys(groups).join(', ')}.`);
  process.exit(2);
}

/** @type {Record<string, string>} */
const options = {};
for (const [flag, variable] of [
  ['--seed', 'TEST_SEED'],
  ['--cycles', 'TEST_CYCLES'],
]) {
  const at = rest.indexOf(flag);
  if (at < 0) continue;
  const [, value] = rest.splice(at, 2);
  if (!/^\d+$/.test(value ?? '')) {
    console.error(`${flag} takes a whole number, as in ${flag} 42.`);
    process.exit(2);
  }
  options[variable] = value;
}
// A pattern or a test's name needn't be found in each of several groups.
if (chosen.length > 1 && rest.length > 0) rest.push('--passWithNoTests');

const scratch = mkdtempSync(join(tmpdir(), 'nestjs-rocketmq-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
for (const group of chosen) {
  const result = runGroup(group);
  total.passed += result.passed;
  total.failed += result.failed;
  total.skipped += result.skipped;
  if (process.env.TEST_SUMMARY) appendFileSync(process.env.TEST_SUMMARY, `${JSON.stringify({ group, ...result })}\n`);
}
rmSync(scratch, { recursive: true });
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** @param {string} group */
function runGroup(group) {
  const { testSeconds, limitMinutes, workers, build } = groups[group];
  const isEmpty = !existsSync(`test/${group}`) || !readdirSync(`test/${group}`, { recursive: true }).some(isTest);
  if (isEmpty) {
    console.log(`${group}: no tests yet`);
    return { passed: 0, failed: 0, skipped: 0 };
  }
  if (build && spawnSync(process.execPath, ['scripts/build-fast.mjs'], { stdio: 'inherit' }).status !== 0) {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const summaryFile = join(scratch, `${group}.json`);
  const jest = spawnSync(
    process.execPath,
    ['node_modules/jest/bin/jest.js', `--testTimeout=${testSeconds * 1000}`, `--maxWorkers=${workers}`, ...rest],
    {
      stdio: 'inherit',
      env: { ...process.env, ...options, TEST_GROUP: group, TEST_SUMMARY: summaryFile },
      timeout: options.TEST_CYCLES ? undefined : limitMinutes * 60_000,
      killSignal: 'SIGKILL',
    },
  );
  if (jest.signal) console.error(`${group}: ended by ${jest.signal}; its limit is ${limitMinutes} minutes`);
  const counted = existsSync(summaryFile)
    ? JSON.parse(readFileSync(summaryFile, 'utf8'))
    : { passed: 0, failed: 0, skipped: 0 };
  // jest may fail without a failing test: nothing matched, it crashed, or something was left open.
  if (jest.status !== 0 && counted.failed === 0) counted.failed = 1;
  return counted;
}

/** @param {string | Buffer} file */
function isTest(file) {
  return String(file).endsWith('.test.ts');
}
