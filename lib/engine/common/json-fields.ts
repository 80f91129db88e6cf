import { ProtocolError } from './errors.js';
import type { FastjsonObject, FastjsonValue } from './fastjson.js';

/** Reads a peer's JSON field by field: a missing one takes the default, one of the wrong kind is an error. */

/** @throws ProtocolError */
export function objectOf(value: FastjsonValue | undefined, name: string): FastjsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongKind(name, 'an object');
  return value;
}

/** Missing or null: empty. @throws ProtocolError */
export function arrayOf(value: FastjsonValue | undefined, name: string): FastjsonValue[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongKind(name, 'a list');
  return value;
}

/** @throws ProtocolError also when it is missing and there is no default */
export function textOf(value: FastjsonValue | undefined, name: string, missing?: string): string {
  const text = value ?? missing;
  if (typeof text !== 'string') throw wrongKind(name, 'a text');
  return text;
}

/**
 * Also of a text, as Java's fastjson reads it: Apache's Go client writes tag codes so.
 * @throws ProtocolError also when it is missing and there is no default
 */
export function integerOf(value: FastjsonValue | undefined, name: string, missing?: number): number {
  const given = value ?? missing;
  const number = typeof given === 'string' && /^[+-]?\d{1,19}$/.test(given) ? Number(given) : given;
  if (typeof number !== 'number' || !Number.isInteger(number)) throw wrongKind(name, 'an integer');
  return number;
}

/** Texts by name, as attributes are. @throws ProtocolError */
export function textsOf(value: FastjsonValue | undefined, name: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  const entries = Object.entries(objectOf(value, name)).map(([key, text]) => [key, textOf(text, `${name}.${key}`)]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Integers by name, as offsets by queue are. @throws ProtocolError */
export function integersOf(value: FastjsonValue | undefined, name: string): Map<string, number> {
  const entries = Object.entries(objectOf(value, name));
  return new Map(entries.map(([key, number]) => [key, integerOf(number, `${name}.${key}`)]));
}

function wrongKind(name: string, kind: string): ProtocolError {
  return new ProtocolError(`${name} is missing or not ${kind}`);
}
