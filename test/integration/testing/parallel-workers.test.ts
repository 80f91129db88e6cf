import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

interface JestReport {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly startTime: number;
    readonly endTime: number;
    readonly message: string;
    readonly assertionResults: readonly { readonly title: string }[];
  }[];
}

jest.setTimeout(120_000); // three workers start

const root = join(__dirname, '../../..');

test('brokers in three jest workers at once, several in each, open no port and know nothing of each other', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'nestjs-rocketmq-'));
  const report = join(scratch, 'report.json');
  const config = join(__dirname, 'workers/jest.config.mjs');
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  try {
    await promisify(execFile)(process.execPath, [jest, '--config', config, '--json', '--outputFile', report], {
      cwd: root,
    });
    const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as JestReport;
    expect(numPassedTests).toBe(6);
    const workers = testResults.flatMap((file) =>
      file.assertionResults.map(({ title }) => /^worker (\d+)/.exec(title)?.[1]),
    );
    expect(new Set(workers)).toEqual(new Set(['1', '2', '3']));
    const lastStart = Math.max(...testResults.map(({ startTime }) => startTime));
    expect(lastStart).toBeLessThan(Math.min(...testResults.map(({ endTime }) => endTime)));
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
