import { resolve } from 'node:path';
import { brokerConf, type BrokerConf, type GivenSetting, type RunningServer } from '../../engine/index.js';
import type { CliEnvironment } from '../cli-environment.js';
import { settingsOfFile, type ServerOptions } from './server-options.js';
import { reportText, type StartReport } from './start-report.js';

/** What a broker is told on its command line, besides what every server is told. */
export interface BrokerOptionsGiven extends ServerOptions {
  configFile?: string;
  storeDir?: string;
  set: readonly GivenSetting[];
}

/** The file, then what the command line adds to it. @throws ConfigurationError */
export async function brokerConfOf({ configFile, storeDir, set }: BrokerOptionsGiven): Promise<BrokerConf> {
  const given = await settingsOfFile(configFile);
  if (storeDir !== undefined) given.push({ name: 'storePathRootDir', value: storeDir });
  return brokerConf([...given, ...set]);
}

/** Absolute, since a report is read elsewhere than where the server was started. */
export function storeDirectoryOf({ storePathRootDir }: { storePathRootDir: string }): string {
  return resolve(storePathRootDir);
}

/**
 * Says what has started, and runs it until the first signal, after which a second one ends the
 * process at once. `interruption` is to be asked for before the start: whoever waits for the
 * report may send a signal at once.
 */
export async function serve(
  servers: readonly RunningServer[],
  report: StartReport,
  { logFormat }: ServerOptions,
  { terminal }: CliEnvironment,
  interruption: AbortSignal,
): Promise<void> {
  const isJson = logFormat === 'json';
  terminal.out(`${isJson ? JSON.stringify(report.data) : reportText(report)}\n`);
  await aborted(interruption);
  for (const server of servers) await server.stop();
  terminal.out(isJson ? '{"event":"stopped"}\n' : 'Stopped.\n');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
