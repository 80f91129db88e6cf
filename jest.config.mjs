import { language, publicNames } from './scripts/sources.mjs';

// CommonJS mode: it is the fast one, and swc turns the ES modules that Nest 12 is made of into it.
const esModules = [
  '@hpcc-js',
  '@nestjs',
  '@borewit',
  '@tokenizer',
  'fast-check',
  'file-type',
  'strtok3',
  'token-types',
  'uint8array-extras',
];

// Every worker of a run draws from one seed; the summary prints it, `-- --seed S` replays it.
process.env.TEST_SEED ??= String(Math.floor(Math.random() * 2 ** 31));

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: [`<rootDir>/test/${process.env.TEST_GROUP ?? '*'}/**/*.test.ts`],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/architecture/violations/'],
  // What tests of other makers' clients install has package files of its own.
  modulePathIgnorePatterns: ['<rootDir>/dist/', '/target/'],
  maxWorkers: 2,
  testTimeout: 10_000,
  reporters: ['default', '<rootDir>/scripts/summary-reporter.mjs'],
  transform: { '\\.[jt]s$': ['@swc/jest', { sourceMaps: 'inline', jsc: language }] },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules.join('|')})/)`],
  moduleNameMapper: {
    // Sources import './x.js', as ES modules must; only './x.ts' is there. A real .js wins.
    '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'],
    ...Object.fromEntries(publicNames.map(([name, source]) => [`^${name}$`, `<rootDir>/${source}`])),
  },
};
