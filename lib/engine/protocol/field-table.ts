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

function integer(text: string, name: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value)) {
    throw new ProtocolError(`header field ${name}: '${text.slice(0, 40)}' is not an integer within ±2^53`);
  }
  return value;
}

function int32(text: string, name: string): number {
  const value = integer(text, name);
  if (value !== (value | 0)) throw new ProtocolError(`header field ${name}: ${text} does not fit 32 bits`);
  return value;
}

/** `text.required()`, `int.optional('e')` …: the argument is the name on the wire when it differs. */
export const text = fieldOf<string>({ parse: (value) => value, format: (value) => value });
export const int = fieldOf<number>({ parse: int32, format: String });
export const long = fieldOf<number>({ parse: integer, format: String });
/** As Java's Boolean.parseBoolean: anything but "true" is false. */
export const bool = fieldOf<boolean>({ parse: (value) => value.toLowerCase() === 'true', format: String });

export function encodeHeader<Table extends FieldTable>(table: Table, header: HeaderOf<Table>): ExtFields {
  const ext: ExtFields = {};
  for (const [name, field] of Object.entries(table)) {
    const value = (header as Record<string, unknown>)[name];
    if (value !== undefined && value !== null) ext[field.as ?? name] = field.format(value);
  }
  return ext;
}

/** @throws ProtocolError naming a required field that is missing, or one that cannot be read */
export function decodeHeader<Table extends FieldTable>(table: Table, ext: ExtFields): HeaderOf<Table> {
  const header: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(table)) {
    const wireName = field.as ?? name;
    const value = ext[wireName] as string | undefined;
    if (value !== undefined) header[name] = field.parse(value, wireName);
    else if (!field.isOptional) throw new ProtocolError(`header field ${wireName} (${name}) is missing`);
  }
  return header as HeaderOf<Table>;
}
