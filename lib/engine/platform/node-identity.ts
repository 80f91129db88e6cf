import { networkInterfaces, totalmem } from 'node:os';
import { encodeHostAddress } from '../message/host-address.js';

/** Where and as what this process runs: parts of client and message ids. */
export interface ProcessIdentity {
  /** 4 or 16 bytes. */
  ip: Buffer;
  processId: number;
}

export function nodeIdentity(): ProcessIdentity {
  const ip = encodeHostAddress({ host: visibleAddress(), port: 0 }).subarray(0, -4);
  return { ip, processId: process.pid };
}

/** The first address that other machines can see, IPv4 before IPv6; the loopback address when there is none. */
export function visibleAddress(): string {
  const addresses = Object.values(networkInterfaces())
    .flatMap((known) => known ?? [])
    .filter(({ internal }) => !internal);
  const chosen = addresses.find(({ family }) => family === 'IPv4') ?? addresses.at(0);
  return chosen?.address ?? '127.0.0.1';
}

export function physicalMemoryBytes(): number {
  return totalmem();
}
