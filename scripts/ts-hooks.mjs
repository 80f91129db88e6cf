// The module hooks behind ts.mjs. Node calls them on a thread of their own.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';
import { language, publicNames } from './sources.mjs';

const doors = new Map(publicNames.map(([name, source]) => [name, new URL(`../${source}`, import.meta.url).href]));

/** @type {import('node:module').ResolveHook} */
export function resolve(specifier, context, nextResolve) {
  const door = doors.get(specifier);
  if (door) return { url: door, shortCircuit: true };
  // Sources import './x.js', as ES modules must; only './x.ts' is there.
  if (/^\.\.?\/.*\.js$/.test(specifier) && context.parentURL) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (source.protocol === 'file:' && existsSync(source)) return { url: source.href, shortCircuit: true };
  }
  return nextResolve(specifier, context);
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  const { code } = await transformFile(fileURLToPath(url), {
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'es6' },
    jsc: language,
  });
  return { format: 'module', source: code, shortCircuit: true };
}
