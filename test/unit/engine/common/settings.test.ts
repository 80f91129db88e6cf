import { parseSetting, resolveSettings, type SettingsTable } from '../../../../lib/engine/common/settings.js';

interface Settings {
  size: number;
  isOpen: boolean;
  name: string;
  note: string;
}

const table: SettingsTable<Settings> = {
  owner: 'a test',
  defaults: { size: 5, isOpen: false, name: 'default', note: '' },
  limits: { size: [1, 10] },
};

it('fills in defaults; undefined counts as not given', () => {
  expect(resolveSettings(table, { size: 7, name: undefined })).toEqual({ ...table.defaults, size: 7 });
});

it('gives a table nobody can change', () => {
  expect(Object.isFrozen(resolveSettings(table, {}))).toBe(true);
});

it.each([
  [{ sise: 1 }, 'sise: a test has no such option; did you mean size?'],
  [{ colour: 1 }, 'colour: a test has no such option'],
  [{ size: 11 }, 'size: must be an integer from 1 to 10, but is 11'],
  [{ size: 1.5 }, 'size: must be an integer'],
  [{ isOpen: 'yes' }, 'isOpen: must be true or false, but is "yes"'],
  [{ name: 3 }, 'name: must be a text, but is 3'],
  [{ name: ' ' }, 'name: must not be empty'],
])('refuses %j', (given, message) => {
  expect(() => resolveSettings(table, given as Partial<Settings>)).toThrow(message);
});

it('allows an empty text where that is the default', () => {
  expect(resolveSettings(table, { note: '' }).note).toBe('');
});

it.each([
  ['size', '7', 7],
  ['isOpen', 'true', true],
  ['isOpen', 'false', false],
  ['name', 'true', 'true'],
])('reads %s from the text %j', (name, text, value) => {
  expect(parseSetting(table, name, text)).toBe(value);
});

it.each([
  ['size', '', 'size: must be an integer'],
  ['size', '11', 'size: must be an integer from 1 to 10'],
  ['isOpen', '1', 'isOpen: must be true or false'],
  ['sise', '1', 'did you mean size?'],
])('refuses the text of %s=%s', (name, text, message) => {
  expect(() => parseSetting(table, name, text)).toThrow(message);
});
