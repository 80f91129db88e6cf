import { ConfigurationError } from '../common/errors.js';
import { Service } from '../common/lifecycle.js';
import { PeriodicTask } from '../common/periodic-task.js';
import type { ServerTls } from '../ports/network.js';
import { readWhole } from '../store/crash-safe-file.js';
import type { EnginePorts } from './node-ports.js';
import { readProperties } from './server-conf.js';
import { tlsConf, type TlsConf } from './tls-conf.js';

/** How soon a renewed certificate is in use. */
const LOOK_EVERY_MS = 1000;

type TlsFilesPorts = Pick<EnginePorts, 'fileSystem' | 'clock' | 'logger'>;

/** What a tls.properties says, with the files it names. @throws ConfigurationError */
export function readTlsFiles(path: string, { fileSystem }: Pick<EnginePorts, 'fileSystem'>): Promise<TlsConf> {
  const read = async (file: string): Promise<string> => {
    const content = await readWhole(fileSystem, file);
    if (content === undefined)
      throw new ConfigurationError('tlsConfig', `${file} cannot be read; name an existing file`);
    return content.toString('utf8');
  };
  return read(path).then((text) => tlsConf(readProperties(text), read));
}

/** What a server was given, as texts or by a tls.properties; undefined: plain. @throws ConfigurationError */
export async function tlsOf(
  { tls, tlsConfig }: { tls?: ServerTls; tlsConfig?: string } = {},
  ports: Pick<EnginePorts, 'fileSystem'>,
): Promise<ServerTls | undefined> {
  if (tlsConfig === undefined) return tls;
  if (tls !== undefined) throw new ConfigurationError('tlsConfig', 'is in place of tls; give one of them');
  return (await readTlsFiles(tlsConfig, ports)).server;
}

/** Looks after a tls.properties and the files it names: what has changed is for the connections from then on. */
export class TlsFiles extends Service {
  private readonly task: PeriodicTask;
  private seen = '';

  constructor(
    private readonly path: string,
    private readonly ports: TlsFilesPorts,
    /** Throwing, for example when key and certificate don't go together, leaves what was in force before. */
    private readonly apply: (tls: ServerTls) => void,
  ) {
    super();
    const { clock, logger } = ports;
    this.task = new PeriodicTask({
      clock,
      intervalMs: LOOK_EVERY_MS,
      run: () => this.look(),
      onError: (error) => logger.error('changed certificates are not in use', { file: path, error }),
    });
  }

  protected async onStart(): Promise<void> {
    this.seen = JSON.stringify((await readTlsFiles(this.path, this.ports)).server);
    this.task.start();
  }

  protected async onStop(): Promise<void> {
    await this.task.stop();
  }

  private async look(): Promise<void> {
    const { server } = await readTlsFiles(this.path, this.ports);
    const found = JSON.stringify(server);
    if (server === undefined || found === this.seen) return;
    this.seen = found; // what is wrong is reported once
    this.apply(server);
    this.ports.logger.info('changed certificates are in use', { file: this.path });
  }
}
