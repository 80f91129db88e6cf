import { createHmac } from 'node:crypto';
import { ConfigurationError } from '../../common/errors.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { withExtFields, type RpcHook } from '../hooks/rpc-hook.js';

/** Who a client is towards a cluster with access control. Source: Apache 5.3 SessionCredentials. */
export interface SessionCredentials {
  accessKey: string;
  secretKey: string;
  /** Of keys that a token service has lent. */
  securityToken?: string;
}

/** @throws ConfigurationError */
export function checkCredentials({ accessKey, secretKey, securityToken = 'none' }: SessionCredentials): void {
  for (const [field, value] of Object.entries({ accessKey, secretKey, securityToken })) {
    if (typeof value === 'string' && value.trim() !== '') continue;
    throw new ConfigurationError(`credentials.${field}`, 'is blank; give the one the cluster knows, or no credentials');
  }
}

/** Signs every request. Source: Apache 5.3 AclClientRPCHook. */
export function signingHook({ accessKey, secretKey, securityToken }: SessionCredentials): RpcHook {
  const identity = { AccessKey: accessKey, ...(securityToken !== undefined && { SecurityToken: securityToken }) };
  return {
    beforeRequest(_address, request) {
      const identified = withExtFields(request, identity);
      return withExtFields(identified, { Signature: signatureOf(identified, secretKey) });
    },
  };
}

/** Base64 of the HMAC-SHA1 over the fields' values, by the order of their names, and the body. Source: Apache 5.3 AclUtils#combineRequestContent. */
export function signatureOf({ extFields, body }: RemotingCommand, secretKey: string): string {
  const names = Object.keys(extFields).filter((name) => name !== 'Signature');
  const values = names.sort().map((name) => extFields[name]); // by UTF-16 code units, as Java's TreeMap
  const hmac = createHmac('sha1', secretKey).update(values.join(''), 'utf8');
  if (body) hmac.update(body);
  return hmac.digest('base64');
}
