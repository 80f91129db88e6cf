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
}
