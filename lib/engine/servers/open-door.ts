import { ConfigurationError } from '../common/errors.js';
import type { ServerTls } from '../ports/network.js';

/** Whether only this machine reaches an address. A name other than localhost may mean any machine. */
export function isLoopback(host: string): boolean {
  return /^127(?:\.\d{1,3}){3}$/.test(host) || ['localhost', '::1', '::ffff:127.0.0.1'].includes(host.toLowerCase());
}

/** Whether a port lets in only those who show a certificate that is trusted. */
export function asksForCertificates(tls: ServerTls | undefined): boolean {
  return tls !== undefined && !tls.plainAllowed && tls.clientCertRequired === true;
}

/**
 * A server asks nobody who they are unless by certificates, so other machines reach it only when that is wanted.
 * @throws ConfigurationError
 */
export function checkDoor(host: string, { insecure = false, tls }: { insecure?: boolean; tls?: ServerTls } = {}): void {
  if (insecure || isLoopback(host) || asksForCertificates(tls)) return;
  throw new ConfigurationError(
    'host',
    `${host} is open to other machines, and there is no access control: whoever reaches it may read, send and delete; ` +
      'bind 127.0.0.1, ask for client certificates, or accept that with --insecure (insecure: true)',
  );
}
