// CommonJS mode: it is the fast one, and swc turns the ES modules that Nest 12 is made of into it.
const esModules = [
  '@nestjs',
  '@borewit',
  '@tokenizer',
  'fast-check',
  'file-type',
  'strtok3',
  'token-types',
  'uint8array-extras',
];

// Every worker of a run draws from one seed, which the summary prints: `-- --seed S` replays it.
process.env.TEST_SEED ??= String(Math.floor(Math.random() * 2 ** 31));

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/architecture/violations/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  maxWorkers: 2,
  testTimeout: 10_000,
  reporters: ['default', '<rootDir>/scripts/summary-reporter.mjs'],
  transform: {
    '\\.[jt]s$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          // Nest injects by the types that decoratorMetadata leaves in the code.
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules.join('|')})/)`],
  moduleNameMapper: {
    // Sources import './x.js', as Node's ES modules require; only './x.ts' is there. A real .js wins.
    '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'],
    '^nestjs-rocketmq$': '<rootDir>/lib/index.ts',
    '^nestjs-rocketmq/(engine|testing)$': '<rootDir>/lib/$1/index.ts',
    '^nestjs-rocketmq/typeorm$': '<rootDir>/lib/typeorm.ts',
  },
};
