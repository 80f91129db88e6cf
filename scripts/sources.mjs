// What Node and jest need to know to run the TypeScript sources as they are.
import { readFileSync } from 'node:fs';

/**
 * How swc reads a source. tsc says the same in tsconfig.json; its output is what is published.
 * @type {import('@swc/core').JscConfig}
 */
export const language = {
  target: 'es2022',
  parser: { syntax: 'typescript', decorators: true },
  // Nest injects by the types that decoratorMetadata leaves in the code.
  transform: { legacyDecorator: true, decoratorMetadata: true },
};

const { name, exports: doors } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/**
 * The names that users import, each with the source behind it: 'nestjs-rocketmq/engine' and 'lib/engine/index.ts'.
 * @type {[string, string][]}
 */
export const publicNames = Object.entries(doors)
  .filter(([, door]) => door.import)
  .map(([path, door]) => [path.replace('.', name), door.import.replace('./dist/esm/', 'lib/').replace(/\.js$/, '.ts')]);
