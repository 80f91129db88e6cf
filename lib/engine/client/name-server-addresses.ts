import { ConfigurationError, ConnectError, ProtocolError } from '../common/errors.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { parseHostAddress } from '../message/host-address.js';
import type { Clock } from '../ports/clock.js';
import type { HttpGet } from '../ports/http.js';
import type { Logger } from '../ports/logger.js';

/** Sources: Apache 5.3 MQClientInstance#startScheduledTask, DefaultTopAddressing#fetchNSAddr. */
const POLL_INTERVAL_MS = 120_000;
const TIMEOUT_MS = 3000;

export interface NameServerSource {
  /** `host:port` each. Empty: they are asked for at the endpoint. */
  nameServers?: readonly string[];
  /** `http://host:port/path`, which answers addresses separated by `;`. */
  nameServerEndpoint?: string;
  unitName?: string;
}

interface Surroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly httpGet?: HttpGet;
}

/** Where the name servers are: as configured, or as a web page says now. Source: Apache 5.3 DefaultTopAddressing. */
export class NameServerAddresses {
  private addresses: readonly string[];
  private readonly url?: string;
  private readonly polling?: PeriodicTask;
  private fetching?: Promise<void>;

  /** @throws ConfigurationError neither addresses nor an endpoint, both, or one that is none */
  constructor(
    { nameServers = [], nameServerEndpoint, unitName }: NameServerSource,
    private readonly surroundings: Surroundings,
  ) {
    for (const address of nameServers) checkAddress(address);
    this.addresses = nameServers;
    if (nameServerEndpoint === undefined) {
      if (nameServers.length > 0) return;
      throw new ConfigurationError('nameServers', 'is empty; name at least one, such as 127.0.0.1:9876');
    }
    if (nameServers.length > 0) {
      throw new ConfigurationError('nameServerEndpoint', 'excludes nameServers; give one of the two');
    }
    this.url = endpointUrl(nameServerEndpoint, unitName);
    this.polling = new PeriodicTask({
      isUpkeep: true,
      clock: surroundings.clock,
      intervalMs: POLL_INTERVAL_MS,
      run: () => this.fetch(),
      onError: (error) => surroundings.logger.warn('name servers could not be asked for', { url: this.url, error }),
    });
  }

  /** May be empty as long as the endpoint has not answered. */
  get all(): readonly string[] {
    return this.addresses;
  }

  start(): void {
    this.polling?.start();
  }

  async stop(): Promise<void> {
    await this.polling?.stop();
  }

  /** The addresses; asks the endpoint when none is known yet. @throws ConnectError | ProtocolError */
  async known(): Promise<readonly string[]> {
    if (this.addresses.length === 0) await (this.fetching ??= this.fetch().finally(() => (this.fetching = undefined)));
    return this.addresses;
  }

  private async fetch(): Promise<void> {
    const { url = '', surroundings } = this;
    const found = await this.request(url);
    if (found.join() === this.addresses.join()) return;
    surroundings.logger.info('name servers have changed', { url, before: this.addresses, now: found });
    this.addresses = found;
  }

  private async request(url: string): Promise<readonly string[]> {
    const { httpGet } = this.surroundings;
    if (!httpGet) throw new ConnectError(url, 'this engine reaches no web server');
    const { status, body } = await httpGet(url, TIMEOUT_MS).catch((cause: unknown) => {
      throw new ConnectError(url, cause instanceof Error ? cause.message : String(cause), { cause });
    });
    if (status !== 200) throw new ConnectError(url, `the web server answered ${status}`);
    return parseAddresses(body, url);
  }
}

/** The first line counts. */
function parseAddresses(body: string, url: string): string[] {
  const [line] = body.trim().split(/[\r\n]/);
  const addresses = line
    .split(';')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  try {
    if (addresses.length === 0) throw new ProtocolError('the page is empty');
    for (const address of addresses) checkAddress(address);
  } catch (cause) {
    throw new ProtocolError(`${url} names no name servers: it says '${line.slice(0, 100)}'`, { cause });
  }
  return addresses;
}

/** A unit has a page of its own. */
function endpointUrl(endpoint: string, unitName: string | undefined): string {
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint)) {
    throw new ConfigurationError(
      'nameServerEndpoint',
      `'${endpoint}' is no address, such as http://127.0.0.1:8080/rocketmq/nsaddr`,
    );
  }
  return unitName === undefined ? endpoint : `${endpoint}-${unitName}?nofix=1`;
}

function checkAddress(address: string): void {
  try {
    const { port } = parseHostAddress(address);
    if (port === 0) throw new ProtocolError(`'${address}' has port 0`);
  } catch (cause) {
    throw new ConfigurationError('nameServers', `'${address}' is not host:port, such as 127.0.0.1:9876`, { cause });
  }
}
