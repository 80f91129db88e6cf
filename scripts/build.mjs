// Builds what is published: ES modules and CommonJS, each with its types.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist/cjs', { recursive: true });
// The package is "type": "module"; this file says that what is beside it isn't.
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');

const codes = await Promise.all(['tsconfig.build.json', 'tsconfig.cjs.json'].map(compile));
if (existsSync('dist/esm/cli/main.js')) chmodSync('dist/esm/cli/main.js', 0o755);
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;

/**
 * @param {string} project
 * @returns {Promise<number | null>}
 */
function compile(project) {
  const tsc = spawn(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], { stdio: 'inherit' });
  return new Promise((resolve) => tsc.on('close', resolve));
}
