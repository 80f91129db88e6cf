import { renderFields, renderTable } from '../../../../lib/cli/output/table.js';

test('columns are as wide as their widest cell, numbers stand at the right', () => {
  const rows = [
    ['broker-a', 7, true],
    ['b', 1234, undefined],
  ];
  expect(renderTable(['Broker', 'Lag', 'In sync'], rows).split('\n')).toEqual([
    'Broker     Lag  In sync',
    'broker-a     7  true',
    'b         1234  -',
  ]);
});

test('a text cannot steer the terminal or begin a line', () => {
  expect(renderTable(['Key'], [['a\x1b[31m\nb']])).toBe('Key\na·[31m·b');
});

test('fields have their values below each other', () => {
  const fields = [
    ['a', 1],
    ['longer', 'x'],
  ] as const;
  expect(renderFields(fields)).toBe('a       1\nlonger  x');
});
