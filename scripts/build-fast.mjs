// Transpiles lib to dist/esm and sample-app to dist/sample in about a second: no types, no checks.
// `npm start` and the end-to-end tests run this; `npm run build` makes what is published.
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { transformFile } from '@swc/core';
import { language } from './sources.mjs';

await Promise.all([transpile('lib', 'dist/esm'), transpile('sample-app', 'dist/sample')]);
if (existsSync('dist/esm/cli/main.js')) chmodSync('dist/esm/cli/main.js', 0o755);

/**
 * @param {string} from
 * @param {string} to
 */
async function transpile(from, to) {
  if (!existsSync(from)) return;
  const sources = readdirSync(from, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  await Promise.all(
    sources.map(async (file) => {
      const target = join(to, file.replace(/\.ts$/, '.js'));
      const { code, map } = await transformFile(join(from, file), {
        swcrc: false,
        sourceMaps: true,
        module: { type: 'es6' },
        jsc: language,
      });
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(`${target}.map`, map ?? '');
      writeFileSync(target, `${code}\n//# sourceMappingURL=${basename(target)}.map\n`);
    }),
  );
}
