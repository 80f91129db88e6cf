import { JsonLinesLogger } from '../../../../lib/engine/platform/json-lines-logger.js';

let written: string;

beforeEach(() => {
  written = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});

afterEach(() => jest.restoreAllMocks());

test('writes an object a line, from its level on', () => {
  const log = new JsonLinesLogger('info');
  log.debug('too small a matter');
  log.info('started', { port: 9876, topics: new Set(['A']), offsets: new Map([['A', 1]]), big: 2n });
  const [line, ...rest] = written.split('\n');
  expect(rest).toEqual(['']);
  expect(JSON.parse(line)).toEqual({
    time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    level: 'info',
    message: 'started',
    port: 9876,
    topics: ['A'],
    offsets: { A: 1 },
    big: '2',
  });
});

test('an error is told with its cause', () => {
  new JsonLinesLogger().error('failed', { error: new Error('outer', { cause: new Error('inner') }) });
  expect(JSON.parse(written)).toMatchObject({
    level: 'error',
    error: { message: 'outer', cause: { message: 'inner' } },
  });
});

test('what refers to itself is written all the same', () => {
  const loop: Record<string, unknown> = {};
  loop.loop = loop;
  new JsonLinesLogger().warn('odd', { loop });
  expect(JSON.parse(written)).toMatchObject({ message: 'odd', fields: expect.stringContaining('Circular') as string });
});
