import { ConsoleLogger } from '../../../../lib/engine/platform/console-logger.js';

describe('ConsoleLogger', () => {
  let out: string;
  let error: string;

  beforeEach(() => {
    out = '';
    error = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += String(text);
      return true;
    });
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      error += String(text);
      return true;
    });
  });

  afterEach(() => jest.restoreAllMocks());

  test('writes a line per sentence, warnings and errors apart', () => {
    const log = new ConsoleLogger();
    log.debug('too small a matter');
    log.info('started', { port: 9876 });
    log.warn('slow');
    log.error('failed', { reason: 'full' });
    expect(out).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z INFO started port=9876\n$/);
    expect(error).toMatch(/^\S+ WARN slow\n\S+ ERROR failed reason='full'\n$/);
  });

  test('writes what its level asks for', () => {
    new ConsoleLogger('debug').debug('seen');
    new ConsoleLogger('error').warn('not seen');
    expect(out).toContain('DEBUG seen');
    expect(error).toBe('');
  });

  test('a peer’s text forges no line and sends nothing to the terminal', () => {
    new ConsoleLogger().info('refused', { remark: 'x\n2026-01-01 INFO all is well\u001b[2J' });
    expect(out.split('\n')).toHaveLength(2);
    expect(out).not.toContain('\u001b');
  });
});
