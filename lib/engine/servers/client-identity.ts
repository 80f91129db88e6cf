import type { ClientPorts } from '../client/client-instance.js';
import { encodeHostAddress } from '../message/host-address.js';
import { processId, visibleAddress } from '../platform/node-identity.js';

/** Where and as what this process runs: parts of client and message ids. */
export function clientIdentity(): ClientPorts['identity'] {
  const ip = encodeHostAddress({ host: visibleAddress(), port: 0 }).subarray(0, -4);
  return { ip, processId: processId() };
}
