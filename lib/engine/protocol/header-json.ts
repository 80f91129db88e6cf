import { ProtocolError } from '../common/errors.js';
import { scanJsonHeader } from './header-json-scan.js';
import { OTHER_LANGUAGE } from './language-code.js';
import { MAX_EXT_FIELDS, tooManyFields, type CommandHeader, type ExtFields } from './remoting-command.js';

/** The JSON form of a header, keys in Java's order. Source: Apache 5.3 RemotingCommand#headerEncode. */
export function encodeJsonHeader({ code, extFields, flag, language, opaque, remark, version }: CommandHeader): string {
  return JSON.stringify({
    code,
    extFields,
    flag,
    language,
    opaque,
    remark,
    serializeTypeCurrentRPC: 'JSON',
    version,
  });
}

/**
 * As tolerant as Apache: missing numbers are 0, ext values may be numbers or booleans, unknown keys are ignored.
 * @throws ProtocolError no JSON object, or a number where none can be read
 */
export function decodeJsonHeader(text: string): CommandHeader {
  return scanJsonHeader(text) ?? parseJsonHeader(text);
}

function parseJsonHeader(text: string): CommandHeader {
  const json = parseObject(text);
  return {
    code: int32(json, 'code'),
    flag: int32(json, 'flag'),
    opaque: int32(json, 'opaque'),
    language: typeof json.language === 'string' ? json.language : OTHER_LANGUAGE,
    version: int32(json, 'version'),
    remark: typeof json.remark === 'string' ? json.remark : undefined,
    extFields: extFieldsOf(json.extFields),
  };
}

function parseObject(text: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError('the header is not JSON', { cause });
  }
  if (!isObject(json)) throw new ProtocolError('the header is not a JSON object');
  return json;
}

function int32(json: Record<string, unknown>, name: string): number {
  const value = json[name] ?? 0;
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || number !== (number | 0)) {
    throw new ProtocolError(`the header's ${name} is not a 32-bit integer`);
  }
  return number;
}

function extFieldsOf(value: unknown): ExtFields {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new ProtocolError('extFields is not a JSON object');
  const count = Object.keys(value).length;
  if (count > MAX_EXT_FIELDS) throw tooManyFields(count);
  for (const name in value) {
    if (typeof value[name] !== 'string') return asTexts(value);
  }
  return value as ExtFields;
}

function asTexts(fields: Record<string, unknown>): ExtFields {
  const texts = Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
  return Object.fromEntries(texts) as ExtFields;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
