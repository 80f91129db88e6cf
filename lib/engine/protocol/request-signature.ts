import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RemotingCommand } from './remoting-command.js';

/** Header fields that say who a request is from. Source: Apache 5.3 SessionCredentials. */
export const SignatureField = {
  accessKey: 'AccessKey',
  securityToken: 'SecurityToken',
  signature: 'Signature',
} as const;

/** Clients up to this version (4.9.3) sign before they add UNIQUE_KEY_QUERY. Source: Apache 5.3 DefaultAuthenticationContextBuilder. */
const SIGNS_EARLY_UP_TO = 399;
const UNIQUE_KEY_QUERY = '_UNIQUE_KEY_QUERY';

/** Base64 of the HMAC-SHA1 over the fields' values, by the order of their names, and the body. Source: Apache 5.3 AclUtils#combineRequestContent. */
export function signatureOf(request: RemotingCommand, secretKey: string): string {
  return digest(request, secretKey).toString('base64');
}

/** Whether the request carries the signature that the secret gives; takes as long for a wrong one as for the right one. */
export function isSignedWith(request: RemotingCommand, secretKey: string): boolean {
  const expected = digest(request, secretKey);
  const given = Buffer.from(request.extFields[SignatureField.signature] ?? '', 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function digest({ extFields, body, version }: RemotingCommand, secretKey: string): Buffer {
  const isSigned = (name: string): boolean =>
    name !== SignatureField.signature && !(name === UNIQUE_KEY_QUERY && version <= SIGNS_EARLY_UP_TO);
  const names = Object.keys(extFields).filter(isSigned);
  const values = names.sort().map((name) => extFields[name]); // by UTF-16 code units, as Java's TreeMap
  const hmac = createHmac('sha1', secretKey).update(values.join(''), 'utf8');
  if (body) hmac.update(body);
  return hmac.digest();
}
