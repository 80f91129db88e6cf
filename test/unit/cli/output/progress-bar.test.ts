import { ProgressBar } from '../../../../lib/cli/output/progress-bar.js';

function shownBy(showsProgress: boolean): string[] {
  const shown: string[] = [];
  const bar = new ProgressBar('verifying', { showsProgress, err: (text) => shown.push(text) });
  for (let done = 0; done <= 1000; done++) bar.update(done, 1000);
  bar.clear();
  return shown;
}

test('a terminal sees a bar that grows by percents, and is gone in the end', () => {
  const shown = shownBy(true);
  expect(shown).toHaveLength(102);
  expect(shown[0]).toBe(`\rverifying ${'░'.repeat(30)}   0 %`);
  expect(shown[50]).toBe(`\rverifying ${'█'.repeat(15)}${'░'.repeat(15)}  50 %`);
  expect(shown[100]).toBe(`\rverifying ${'█'.repeat(30)} 100 %`);
  expect(shown[101]).toBe('\r\x1b[K');
});

test('nothing else sees anything', () => {
  expect(shownBy(false)).toEqual([]);
});
