import { ConfigurationError } from '../common/errors.js';

/** Whether only this machine reaches an address. A name other than localhost may mean any machine. */
export function isLoopback(host: string): boolean {
  return /^127(?:\.\d{1,3}){3}$/.test(host) || ['localhost', '::1', '::ffff:127.0.0.1'].includes(host.toLowerCase());
}

/**
 * A server asks nobody who they are, so other machines reach it only when that is wanted.
 * @throws ConfigurationError
 */
export function checkDoor(host: string, insecure = false): void {
  if (insecure || isLoopback(host)) return;
  throw new ConfigurationError(
    'host',
    `${host} is open to other machines, and there is no access control: whoever reaches it may read, send and delete; ` +
      'bind 127.0.0.1, or accept that with --insecure (insecure: true)',
  );
}
