import { Logger as NestLog } from '@nestjs/common';
import { NestLogger } from '../../../lib/transport/nest-logger.js';

const lines: unknown[][] = [];
const write =
  (level: string) =>
  (...parts: unknown[]): void => {
    lines.push([level, ...parts]);
  };

beforeEach(() => {
  lines.length = 0;
  NestLog.overrideLogger({ debug: write('debug'), log: write('log'), warn: write('warn'), error: write('error') });
});
afterAll(() => {
  NestLog.overrideLogger(true);
});

function speak(logger: NestLogger): string[] {
  logger.debug('d');
  logger.info('i');
  logger.warn('w');
  logger.error('e');
  return lines.map(([level, text]) => `${String(level)} ${String(text)}`);
}

it('writes sentence and fields in one line, under its context', () => {
  new NestLogger('RocketMQ:second').info('queues reassigned', {
    group: 'g',
    queues: [1, 2],
    at: { broker: 'a' },
    missing: undefined,
  });
  expect(lines).toEqual([
    ['log', "queues reassigned (group=g, queues=[ 1, 2 ], at={ broker: 'a' })", 'RocketMQ:second'],
  ]);
});

it('brings the stack of an error along, and its message elsewhere', () => {
  const error = new Error('boom');
  new NestLogger().error('listener failed', { error });
  new NestLogger().warn('again', { error });
  new NestLogger().error('thrown text', { error: 'a text' });
  expect(lines).toEqual([
    ['error', 'listener failed (error=boom)', error.stack, 'RocketMQ'],
    ['warn', 'again (error=boom)', 'RocketMQ'],
    ['error', 'thrown text (error=a text)', undefined, 'RocketMQ'],
  ]);
});

it('tells no single requests unless asked to', () => {
  expect(speak(new NestLogger())).toEqual(['log i', 'warn w', 'error e']);
});

it.each([
  ['debug' as const, ['debug d', 'log i', 'warn w', 'error e']],
  ['warn' as const, ['warn w', 'error e']],
  ['error' as const, ['error e']],
])('from level %s on', (level, expected) => {
  expect(speak(new NestLogger('RocketMQ', level))).toEqual(expected);
});
