import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

// The engine receives its time and its chance, so that a simulated clock and a seed can drive it.
const useClock = 'Take a Clock from lib/engine/ports: the engine reads no time and starts no timer of its own.';
const useRandom = 'Take a Random from lib/engine/ports: the engine throws no dice of its own.';
const timers = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'];

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '**/target/', '.generated/', 'test/architecture/violations/']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      // A number reads well in a text; anything else is converted on purpose.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A Nest module is a class with a decorator and often nothing inside.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // A leading underscore says: this parameter belongs to the signature and isn't needed here.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // An async method may have nothing to wait for: the port it implements says Promise.
      '@typescript-eslint/require-await': 'off',
      // `() => stop()` in a callback whose result nobody reads is no confusion.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // The type of list[i] leaves out undefined, so a right check of it looks needless to this rule.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Never consistent-type-imports: Nest injects by the types that an import leaves behind.
    },
  },
  {
    files: ['lib/engine/**/*.ts'],
    ignores: ['lib/engine/platform/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...timers.map((name) => ({ name, message: useClock })),
        { name: 'performance', message: useClock },
        { name: 'crypto', message: useRandom },
      ],
      'no-restricted-properties': [
        'error',
        ...timers.map((property) => ({ object: 'globalThis', property, message: useClock })),
        { object: 'Date', property: 'now', message: useClock },
        { object: 'process', property: 'hrtime', message: useClock },
        { object: 'AbortSignal', property: 'timeout', message: useClock },
        { object: 'Math', property: 'random', message: useRandom },
      ],
      'no-restricted-imports': [
        'error',
        ...['crypto', 'node:crypto'].map((name) => ({
          name,
          importNames: ['randomBytes', 'randomFill', 'randomInt', 'randomUUID'],
          message: useRandom,
        })),
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: useClock },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // expect(mock.method) names a method without calling it.
      '@typescript-eslint/unbound-method': 'off',
      // A test knows what it put there a line before.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A fake has methods that do nothing.
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  {
    // The tools are plain JavaScript: Node's globals, and types by JSDoc where they help.
    files: ['**/*.mjs', '**/*.cjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        console: false,
        process: false,
        URL: false,
        performance: false,
        setTimeout: false,
        module: false,
        require: false,
        __dirname: false,
      },
    },
  },
);
