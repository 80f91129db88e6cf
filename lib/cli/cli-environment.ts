import type { Clock, Engine, RemoteEngineOptions } from '../engine/index.js';
import type { Keyboard } from './output/keyboard.js';
import type { Terminal } from './output/terminal.js';

/** What the command line needs of its surroundings; tests have their own. */
export interface CliEnvironment {
  readonly terminal: Terminal;
  /** Absent when nobody types. */
  readonly keyboard?: Keyboard;
  readonly clock: Clock;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** @throws ConfigurationError an address that is none */
  connect(nameServers: readonly string[], how: Pick<RemoteEngineOptions, 'tls' | 'credentials'>): Promise<Engine>;
  /** Aborted by the next SIGINT or SIGTERM; of those who never ask, these end the process as usual. */
  interruption(): AbortSignal;
}
