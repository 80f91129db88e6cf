import type { Channel } from '../../remoting/channel.js';

/** A client as one of its connections shows it. */
export interface ClientInfo {
  readonly channel: Channel;
  readonly clientId: string;
  readonly language: string;
  /** Protocol version, see MQVersion. */
  readonly version: number;
  /** Wall clock of the last heartbeat, in milliseconds. */
  lastUpdateTimestamp: number;
  /** The same, monotonic: a clock that is set makes nobody silent. */
  heardAt: number;
}

/** Takes over when a known client was heard last. */
export function heardAgain(known: ClientInfo, { lastUpdateTimestamp, heardAt }: ClientInfo): void {
  known.lastUpdateTimestamp = lastUpdateTimestamp;
  known.heardAt = heardAt;
}
