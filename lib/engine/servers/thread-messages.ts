import type { BrokerFigures } from '../broker/broker-figures.js';
import type { ErrorParcel } from '../common/error-parcel.js';
import type { ListenSettings } from '../embedded-engine.js';
import type { ThreadCall } from '../platform/thread-network.js';
import type { ServerSettings } from './server-settings.js';

/** What the thread of the servers is started with. */
export interface ThreadTask {
  readonly storeDir: string;
  readonly listen?: ListenSettings;
  readonly broker?: ServerSettings;
}

/** To the thread of the servers. */
export type ToServers = ThreadCall | { readonly kind: 'stop' };

/** From the thread of the servers, the first figures before `started`; `stopped` or `failed` is its last word. */
export type FromServers =
  | { readonly kind: 'started'; readonly nameServerAddress: string; readonly publicAddresses?: string }
  | { readonly kind: 'figures'; readonly figures: BrokerFigures }
  | { readonly kind: 'log'; readonly level: LogLevelName; readonly sentence: string; readonly fields?: LogParcel }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly error: ErrorParcel };

export type LogLevelName = 'debug' | 'info' | 'warn' | 'error';

/** Errors are packed, see `isError`; the rest is what can be copied. */
export type LogParcel = readonly (readonly [name: string, value: unknown, isError: boolean])[];
