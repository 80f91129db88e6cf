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

export interface DoorKeeping {
  /** Whether the rest is taken as it is. */
  insecure?: boolean;
  tls?: ServerTls;
  /** Whether requests have to be signed. */
  isAccessControlled?: boolean;
}

/**
 * Other machines reach a server only when it asks who they are, by certificates or by signatures, or
 * when that is wanted. A signature holds no time: whoever reads it can send it again, so it takes TLS.
 * @throws ConfigurationError
 */
export function checkDoor(host: string, { insecure = false, tls, isAccessControlled = false }: DoorKeeping = {}): void {
  if (insecure || isLoopback(host) || asksForCertificates(tls)) return;
  if (isAccessControlled) {
    if (tls !== undefined && !tls.plainAllowed) return;
    throw new ConfigurationError(
      'host',
      `${host} is open to other machines, and signed requests that travel in the clear can be repeated by whoever sees ` +
        'them; use TLS for every connection (tls.server.mode=enforcing), bind 127.0.0.1, or accept that with --insecure (insecure: true)',
    );
  }
  throw new ConfigurationError(
    'host',
    `${host} is open to other machines, and there is no access control: whoever reaches it may read, send and delete; ` +
      'bind 127.0.0.1, switch on authenticationEnabled and TLS, ask for client certificates, or accept that with --insecure (insecure: true)',
  );
}
