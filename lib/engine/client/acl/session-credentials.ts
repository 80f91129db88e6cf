import { ConfigurationError } from '../../common/errors.js';
import { SignatureField, signatureOf } from '../../protocol/request-signature.js';
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
  const identity = {
    [SignatureField.accessKey]: accessKey,
    ...(securityToken !== undefined && { [SignatureField.securityToken]: securityToken }),
  };
  return {
    beforeRequest(_address, request) {
      const identified = withExtFields(request, identity);
      return withExtFields(identified, { [SignatureField.signature]: signatureOf(identified, secretKey) });
    },
  };
}
