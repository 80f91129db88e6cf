import { ProtocolError } from '../common/errors.js';
import type { ExtFields } from './remoting-command.js';

/** One field of a header: how it is named on the wire, whether it must be there, and its text form. */
export interface Field<T> {
  /** Name on the wire; default: the property's own name. */
  readonly as?: string;
  readonly isOptional: boolean;
  parse(text: string, name: string): T;
  format(value: NonNullable<T>): string;
}

export type FieldTable = Readonly<Record<string, Field<unknown>>>;

/** The typed header a table describes. */
export type HeaderOf<Table> = Simplify<
  {
    [K in keyof Table as Table[K] extends Field<infer T> ? (undefined extends T ? never : K) : never]: ValueOf<
      Table[K]
    >;
  } & {
    [K in keyof Table as Table[K] extends Field<infer T> ? (undefined extends T ? K : never) : never]?: ValueOf<
      Table[K]
    >;
  }
>;

type ValueOf<F> = F extends Field<infer T> ? T : never;
type Simplify<T> = { [K in keyof T]: T[K] };

interface Form<T> {
  parse: (text: string, name: string) => T;
  format: (value: T) => string;
}

function fieldOf<T extends string | number | boolean>({ parse, format }: Form<T>) {
  return {
    required: (as?: string): Field<T> => ({ as, parse, format, isOptional: false }),
    optional: (as?: string): Field<T | undefined> => ({ as, parse, format, isOptional: true }),
  };
}

/** Apache's "for ever" is Long.MAX_VALUE; what lies beyond ±2^53 is cut to it. */
function long64(text: string, name: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && (value !== 0 || text.trim() !== '')) return value;
  if (!/^-?\d{16,19}$/.test(text)) {
    throw new ProtocolError(`header field ${name}: '${text.slice(0, 40)}' is not a 64-bit integer`);
  }
  return Math.sign(value) * Number.MAX_SAFE_INTEGER;
}

function int32(text: string, name: string): number {
  const value = Number(text);
  if (value !== (value | 0) || (value === 0 && text.trim() === '')) {
    throw new ProtocolError(`header field ${name}: '${text.slice(0, 40)}' is not a 32-bit integer`);
  }
  return value;
}

/** `text.required()`, `int.optional('e')` …: the argument is the name on the wire when it differs. */
export const text = fieldOf<string>({ parse: (value) => value, format: (value) => value });
export const int = fieldOf<number>({ parse: int32, format: String });
export const long = fieldOf<number>({ parse: long64, format: String });
/** As Java's Boolean.parseBoolean: anything but "true" is false. */
export const bool = fieldOf<boolean>({ parse: (value) => value.toLowerCase() === 'true', format: String });

interface NamedField {
  readonly name: string;
  readonly wireName: string;
  readonly field: Field<unknown>;
}

/** A table's fields in the form that every request needs them in, made once per table. */
const namedFields = new WeakMap<FieldTable, readonly NamedField[]>();

function fieldsOf(table: FieldTable): readonly NamedField[] {
  let fields = namedFields.get(table);
  if (fields === undefined) {
    fields = Object.entries(table).map(([name, field]) => ({ name, wireName: field.as ?? name, field }));
    namedFields.set(table, fields);
  }
  return fields;
}

export function encodeHeader<Table extends FieldTable>(table: Table, header: HeaderOf<Table>): ExtFields {
  const ext: ExtFields = {};
  for (const { name, wireName, field } of fieldsOf(table)) {
    const value = (header as Record<string, unknown>)[name];
    if (value !== undefined && value !== null) ext[wireName] = field.format(value);
  }
  return ext;
}

/** @throws ProtocolError naming a required field that is missing, or one that cannot be read */
export function decodeHeader<Table extends FieldTable>(table: Table, ext: ExtFields): HeaderOf<Table> {
  const header: Record<string, unknown> = {};
  for (const { name, wireName, field } of fieldsOf(table)) {
    const value = ext[wireName] as string | undefined;
    if (value !== undefined) header[name] = field.parse(value, wireName);
    else if (!field.isOptional) throw new ProtocolError(`header field ${wireName} (${name}) is missing`);
  }
  return header as HeaderOf<Table>;
}
