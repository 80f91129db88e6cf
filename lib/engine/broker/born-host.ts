import type { HostAddress } from '../message/host-address.js';
import type { Channel } from '../remoting/channel.js';

const LOOPBACK = '127.0.0.1';
const hosts = new WeakMap<Channel, HostAddress>();

/** The address a message is stored to come from: the connection's peer, loopback when that has no IP address. */
export function bornHostOf(channel: Channel): HostAddress {
  let host = hosts.get(channel);
  if (host === undefined) hosts.set(channel, (host = ipAddress(channel.remoteAddress)));
  return host;
}

function ipAddress(address: string): HostAddress {
  // An IPv4 peer of an IPv6 socket shows as ::ffff:1.2.3.4.
  const match = /^\[?(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.%]*:[0-9a-f:.%]*)\]?:(\d{1,5})$/i.exec(address);
  return match ? { host: match[1], port: Number(match[2]) } : { host: LOOPBACK, port: 0 };
}
