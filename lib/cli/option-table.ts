import { Argument, InvalidArgumentError, Option, type Command } from 'commander';

/** One option of a command, and what its text becomes. */
export interface OptionSpec<T> {
  /** As commander takes it: `-t, --topic <topic>`; of an argument `<topic>`. */
  readonly flags: string;
  readonly about: string;
  readonly isRequired: boolean;
  readonly parse?: (text: string) => T;
  readonly missing?: T;
}

export type OptionTable = Readonly<Record<string, OptionSpec<unknown>>>;

export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends OptionSpec<infer T> ? T : never;
};

type Parse<T> = (text: string) => T;

export function required(flags: string, about: string): OptionSpec<string>;
export function required<T>(flags: string, about: string, parse: Parse<T>): OptionSpec<T>;
export function required<T>(flags: string, about: string, parse?: Parse<T>): OptionSpec<T> {
  return { flags, about, isRequired: true, parse };
}

export function optional(flags: string, about: string): OptionSpec<string | undefined>;
export function optional<T>(flags: string, about: string, parse: Parse<T>): OptionSpec<T | undefined>;
export function optional<T>(flags: string, about: string, parse: Parse<T>, missing: T): OptionSpec<T>;
export function optional<T>(flags: string, about: string, parse?: Parse<T>, missing?: T): OptionSpec<T | undefined> {
  return { flags, about, isRequired: false, parse, missing };
}

/** Without a value: true when it is given. */
export function flag(flags: string, about: string): OptionSpec<boolean> {
  return { flags, about, isRequired: false, missing: false };
}

/** What stands behind the command's name: `<topic>`. */
export function argument(flags: string, about: string): OptionSpec<string> {
  return { flags, about, isRequired: true };
}

/** The same, where it may be left out: `[topic]`. */
export function optionalArgument(flags: string, about: string): OptionSpec<string | undefined> {
  return { flags, about, isRequired: false };
}

export function addTo(command: Command, spec: OptionSpec<unknown>): void {
  if (isArgument(spec)) command.addArgument(new Argument(spec.flags, spec.about));
  else command.addOption(commanderOption(spec));
}

/** What commander has read of a command line, by name. */
export function givenTo(command: Command): Record<string, unknown> {
  const words = command.registeredArguments.map((each, i): [string, unknown] => [
    each.name(),
    command.processedArgs[i],
  ]);
  return { ...command.opts(), ...Object.fromEntries(words) };
}

function isArgument({ flags }: OptionSpec<unknown>): boolean {
  return /^[<[]/.test(flags);
}

function nameOf(spec: OptionSpec<unknown>): string {
  return isArgument(spec) ? new Argument(spec.flags).name() : new Option(spec.flags).attributeName();
}

function commanderOption({ flags, about, isRequired, parse, missing }: OptionSpec<unknown>): Option {
  const option = new Option(flags, about).makeOptionMandatory(isRequired);
  if (parse) option.argParser((text) => parse(text));
  if (missing !== undefined && missing !== false) option.default(missing);
  return option;
}

/** The values of a table's options among those that commander has read. */
export function valuesOf<Table extends OptionTable>(
  table: Table,
  given: Readonly<Record<string, unknown>>,
): OptionValues<Table> {
  const values = Object.entries(table).map(([name, spec]): [string, unknown] => [
    name,
    given[nameOf(spec)] ?? spec.missing,
  ]);
  return Object.fromEntries(values) as OptionValues<Table>;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a whole number is needed.');
  return Number(text);
}

/** Also below zero. */
export function integer(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new InvalidArgumentError('an integer is needed.');
  return Number(text);
}

export function trueOrFalse(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (word !== 'true' && word !== 'false') throw new InvalidArgumentError('true or false is needed.');
  return word === 'true';
}

/** Milliseconds since the epoch, or `yyyy-MM-dd#HH:mm:ss:SSS` in the local time zone, as Apache's commands take it. */
export function moment(text: string): number {
  const trimmed = text.trim();
  if (/^-?\d{1,15}$/.test(trimmed)) return Number(trimmed);
  const match = /^(\d{4})-(\d\d)-(\d\d)#(\d\d):(\d\d):(\d\d):(\d{3})$/.exec(trimmed);
  if (match === null) {
    throw new InvalidArgumentError('milliseconds or yyyy-MM-dd#HH:mm:ss:SSS are needed.');
  }
  const [year, month, day, hours, minutes, seconds, ms] = match.slice(1).map(Number);
  return new Date(year, month - 1, day, hours, minutes, seconds, ms).getTime();
}
