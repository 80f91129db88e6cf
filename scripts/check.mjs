// Everything that is wrong without running the code. All checks run, so that one look shows all there is to do.
import { spawn } from 'node:child_process';

/** @type {[string, string[]][]} */
const checks = [
  ['types', ['node_modules/typescript/bin/tsc', '--noEmit']],
  ['lint', ['node_modules/eslint/bin/eslint.js', '.']],
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
  ['directions', ['scripts/guard.mjs']],
  ['licences', ['scripts/licences.mjs']],
];

const failed = (await Promise.all(checks.map(run))).filter((name) => name !== undefined);
console.log(failed.length > 0 ? `check: failed in ${failed.join(', ')}` : 'check: all well');
process.exitCode = failed.length > 0 ? 1 : 0;

/**
 * @param {[string, string[]]} check
 * @returns {Promise<string | undefined>} the name, if it failed
 */
function run([name, args]) {
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(`--- ${name}: ${code === 0 ? 'ok' : 'FAILED'} (${seconds} s)\n${output.trim()}`);
      resolve(code === 0 ? undefined : name);
    });
  });
}
