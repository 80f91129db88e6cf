import { fileURLToPath } from 'node:url';
import base from '../../../../jest.config.mjs';

const rootDir = fileURLToPath(new URL('../../../..', import.meta.url));
const { testEnvironment, modulePathIgnorePatterns, transform, transformIgnorePatterns, moduleNameMapper } = base;

/**
 * One file in three workers at once.
 * @type {import('jest').Config}
 */
export default {
  rootDir,
  maxWorkers: 3,
  workerIdleMemoryLimit: '2GB', // given one, jest starts workers also for files that it knows to be quick
  projects: ['a', 'b', 'c'].map((displayName) => ({
    ...{ testEnvironment, modulePathIgnorePatterns, transform, transformIgnorePatterns, moduleNameMapper },
    rootDir,
    displayName,
    testMatch: ['<rootDir>/test/integration/testing/workers/*.case.ts'],
  })),
};
