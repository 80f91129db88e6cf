import { attempt } from '../../../../lib/engine/common/attempt.js';

it('gives the promise of the work itself', () => {
  const work = Promise.resolve(1);
  expect(attempt(() => work)).toBe(work);
});

it('rejects with what the work throws', async () => {
  const thrown = new Error('no');
  const failed = attempt(() => {
    throw thrown;
  });
  await expect(failed).rejects.toBe(thrown);
});
