import { crashPointNames, crashPoints, outboxCrashPointNames } from '../../sample-app/crash-points.js';
import { expectAgreement, readBooks, Sample, Scratch } from './support.js';

const limitMs = 150_000;
const survivors = crashPointNames.filter((name) => crashPoints[name].remains === 'order');

/** A real SIGKILL at each step boundary; the files of both services are read afterwards, not the story's word taken. */
it.each([[[]], [['--split']]])(
  'a service is killed at every step, and orders and points agree: --crash %p',
  async (flags: string[]) => {
    using scratch = new Scratch();
    await using sample = new Sample(['--crash', '--data', scratch.path, ...flags], { limitMs });
    expect([await sample.exitCode(), sample.output]).toEqual([0, expect.stringContaining('they agree')]);
    expect(sample.output.match(/SIGKILL/g)).toHaveLength(crashPointNames.length);

    const books = readBooks(scratch.path);
    expect(books.orders).toHaveLength(survivors.length);
    expectAgreement(books);
  },
  limitMs + 5_000,
);

it('with an outbox, a service is killed at every step that there is then, and orders and points agree', async () => {
  using scratch = new Scratch();
  await using sample = new Sample(['--crash', '--outbox', '--data', scratch.path], { limitMs });
  expect([await sample.exitCode(), sample.output]).toEqual([0, expect.stringContaining('they agree')]);
  expect(sample.output.match(/SIGKILL/g)).toHaveLength(outboxCrashPointNames.length);
  const books = readBooks(scratch.path);
  expect(books.orders).toHaveLength(outboxCrashPointNames.length);
  expectAgreement(books);
}, 60_000);

it.each(['half-sent', 'ended', 'points-committed'])(
  'the story agrees as well when its crash is moved to %s by SAMPLE_KILL_AT',
  async (name) => {
    using scratch = new Scratch();
    await using sample = new Sample(['--data', scratch.path], { env: { SAMPLE_KILL_AT: name } });
    expect([await sample.exitCode(), sample.output]).toEqual([0, expect.stringContaining('they agree')]);
    expectAgreement(readBooks(scratch.path));
  },
);

it('SAMPLE_KILL_AT that names no step is refused', async () => {
  await using sample = new Sample([], { env: { SAMPLE_KILL_AT: 'nowhere' } });
  expect(await sample.exitCode()).toBe(2);
  expect(sample.output).toContain('nowhere');
});
