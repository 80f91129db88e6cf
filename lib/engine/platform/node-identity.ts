import { networkInterfaces, totalmem } from 'node:os';

/** The first address that other machines can see, IPv4 before IPv6; the loopback address when there is none. */
export function visibleAddress(): string {
  const addresses = Object.values(networkInterfaces())
    .flatMap((known) => known ?? [])
    .filter(({ internal }) => !internal);
  const chosen = addresses.find(({ family }) => family === 'IPv4') ?? addresses.at(0);
  return chosen?.address ?? '127.0.0.1';
}

export function processId(): number {
  return process.pid;
}

export function physicalMemoryBytes(): number {
  return totalmem();
}

export function isProcessAlive(id: number): boolean {
  try {
    process.kill(id, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it is somebody else's
  }
}
