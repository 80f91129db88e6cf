import { resolveSettings, type SettingsTable } from '../common/settings.js';

/** How many connections a server takes, and how long it waits for what they say. */
export interface ConnectionOptions {
  /** Ours: so many at once, of each port. Beyond it the oldest that has said nothing goes; if all speak, the new one. */
  maxConnections: number;
  /**
   * Ours: milliseconds a new connection has for its first request. Not fewer than an idle one has: Apache's Java clients
   * since 5.0 keep a silent connection to each name server they don't use (NettyRemotingClient#scanAvailableNameSrv),
   * and make a lost one anew after three seconds.
   */
  firstRequestTimeoutMs: number;
  /** Ours: milliseconds a request may take from its first byte to its last. */
  frameTimeoutMs: number;
  /** Seconds without a byte in either direction. Source: Apache 5.3 NettyServerConfig. */
  serverChannelMaxIdleTimeSeconds: number;
}

const MOST_MS = 2 ** 31 - 1;

export const connectionSettings: SettingsTable<ConnectionOptions> = {
  owner: 'a server',
  defaults: {
    maxConnections: 16_384,
    firstRequestTimeoutMs: 120_000,
    frameTimeoutMs: 60_000,
    serverChannelMaxIdleTimeSeconds: 120,
  },
  limits: {
    maxConnections: [1, 2 ** 20],
    firstRequestTimeoutMs: [100, MOST_MS],
    frameTimeoutMs: [100, MOST_MS],
    serverChannelMaxIdleTimeSeconds: [1, 2_000_000],
  },
};

/** @throws ConfigurationError see resolveSettings() */
export function resolveConnectionOptions(given: Partial<ConnectionOptions> = {}): Readonly<ConnectionOptions> {
  return resolveSettings(connectionSettings, given);
}
