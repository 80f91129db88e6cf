import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expectAgreement, readBooks, Sample, Scratch } from '../e2e/support.js';
import { describeWhen } from '../support/requirements.js';
import { ApacheCluster } from './support/apache-cluster.js';
import { java17AndMaven, type Release } from './support/java-programs.js';

// Often enough that the story is not long, and as often as it takes until a service is back.
const properties = { transactionTimeOut: '500', transactionCheckInterval: '250', transactionCheckMax: '1000' };

/** The same story that the embedded engine tells, with Apache's broker in its place. */
describeWhen(java17AndMaven, 'the sample on Apache’s broker', () => {
  beforeAll(() => {
    const build = spawnSync(process.execPath, ['scripts/build-fast.mjs'], { cwd: join(__dirname, '../..') });
    expect(build.status).toBe(0);
  });

  // A cluster for each: what one story leaves unread would be read by the next, whose books don't know it.
  it.each<[Release, string[]]>([
    ['5.3', []],
    ['5.3', ['--crash', '--split']],
    ['4.9', []],
    ['4.9', ['--crash', '--split']],
  ])(
    '%s: ends with orders and points that agree %p',
    async (release, flags) => {
      await using cluster = await ApacheCluster.start({ release, properties });
      using scratch = new Scratch();
      const where = ['--namesrv', cluster.nameServerAddresses, '--data', scratch.path];
      await using sample = new Sample([...where, ...flags], { limitMs: 150_000 });
      expect([await sample.exitCode(), sample.output]).toEqual([0, expect.stringContaining('they agree')]);
      expectAgreement(readBooks(scratch.path));
    },
    200_000,
  );
});
