import { ConsoleLogger, Logger as NestLog } from '@nestjs/common';
import { areaLogger } from '../../../lib/transport/area-logger.js';
import { RecordingLogger } from '../../support/simulated-store.js';

afterEach(() => {
  NestLog.overrideLogger(true);
});

it('hands sentences to any port, with the area and what its level lets through', () => {
  const port = new RecordingLogger();
  const settings = {
    logging: { logger: port, levels: { engine: 'warn', telemetry: 'debug' } },
    logLevel: 'info',
  } as const;
  areaLogger('engine', 'default', settings).info('too much');
  areaLogger('engine', 'default', settings).warn('disk is full', { directory: '/store' });
  areaLogger('listeners', 'second', settings).debug('too much');
  areaLogger('listeners', 'second', settings).info('started');
  areaLogger('telemetry', 'default', settings).debug('looked at');
  areaLogger('engine', 'default', settings).error('failed');
  expect(port.entries).toEqual([
    { level: 'warn', sentence: 'disk is full', fields: { area: 'engine', connection: 'default', directory: '/store' } },
    { level: 'info', sentence: 'started', fields: { area: 'listeners', connection: 'second' } },
    { level: 'debug', sentence: 'looked at', fields: { area: 'telemetry', connection: 'default' } },
    { level: 'error', sentence: 'failed', fields: { area: 'engine', connection: 'default' } },
  ]);
});

it('gives a JSON logger of Nest the fields as fields', () => {
  const written: string[] = [];
  const json = new ConsoleLogger({ json: true, colors: false, logLevels: ['log', 'error'] });
  NestLog.overrideLogger(json);
  const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const stderr = jest.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const logger = areaLogger('listeners', 'default', { logging: { structured: true } });
  logger.info('queues reassigned', { group: 'g' });
  logger.error('listener failed', { error: new Error('boom') });
  stdout.mockRestore();
  stderr.mockRestore();
  const [info, error] = written.map((line) => JSON.parse(line) as { context: string; message: unknown });
  expect(info).toMatchObject({
    context: 'RocketMQ',
    message: { message: 'queues reassigned', area: 'listeners', group: 'g' },
  });
  expect(error).toMatchObject({ message: { message: 'listener failed', area: 'listeners', error: 'boom' } });
});
