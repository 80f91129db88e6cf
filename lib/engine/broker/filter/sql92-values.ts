/** A number of the expression, with Java's kind: it decides how a property's text is read beside it. */
export type Sql92Number =
  { readonly kind: 'int' | 'double'; readonly value: number } | { readonly kind: 'long'; readonly value: bigint };

/** What an expression has for a message; properties are texts, missing ones null. */
export type Sql92Value = null | boolean | string | Sql92Number;

/** A comparison that has no answer; the message does not match. */
export class NotComparable extends Error {}

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;
const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

/** Undefined when it does not fit 64 bits. */
export function integerLiteral(text: string): Sql92Number | undefined {
  const value = BigInt(text);
  if (value > LONG_MAX) return undefined;
  return value <= INT_MAX ? { kind: 'int', value: Number(value) } : { kind: 'long', value };
}

export function negate(number: Sql92Number): Sql92Number {
  if (number.kind === 'long') return { kind: 'long', value: -number.value };
  return { kind: number.kind, value: 0 - number.value };
}

/**
 * Below 0, 0 or above 0, as Java's compareTo after Apache's conversions; -1 for what is of no
 * common kind.
 * @throws NotComparable a text that is not what the other side needs
 * Source: Apache 5.3 ComparisonExpression#__compare.
 */
export function compareValues(left: string | boolean | Sql92Number, right: string | boolean | Sql92Number): number {
  if (typeof left === 'string') {
    if (typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
    if (typeof right === 'boolean') return Number(parseBoolean(left)) - Number(right);
    return compareNumbers(parseAs(right.kind, left), right);
  }
  if (typeof left === 'boolean') {
    if (typeof right === 'boolean') return Number(left) - Number(right);
    if (typeof right === 'string') throw new NotComparable('a truth value and a text');
    return -1;
  }
  if (typeof right === 'boolean') return -1;
  return compareNumbers(left, typeof right === 'string' ? parseAs(left.kind, right) : right);
}

/** Two texts in `<`, `>`, … are read as numbers. @throws NotComparable */
export function compareTextsAsNumbers(left: string, right: string): number {
  return compareDoubles(parseDouble(left), parseDouble(right));
}

function compareNumbers(left: Sql92Number, right: Sql92Number): number {
  if (left.kind === 'double' || right.kind === 'double') return compareDoubles(Number(left.value), Number(right.value));
  return left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
}

/** NaN is above all, -0.0 below 0.0. Source: java.lang.Double#compare. */
function compareDoubles(left: number, right: number): number {
  if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
  if (left !== right) return left < right ? -1 : 1;
  return Number(Object.is(right, -0)) - Number(Object.is(left, -0));
}

function parseAs(kind: Sql92Number['kind'], text: string): Sql92Number {
  if (kind === 'double') return { kind, value: parseDouble(text) };
  if (!/^[+-]?\d{1,20}$/.test(text)) throw new NotComparable(`'${text}' is no integer`);
  if (kind === 'long') {
    const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
    if (value < LONG_MIN || value > LONG_MAX) throw new NotComparable(`'${text}' does not fit 64 bits`);
    return { kind, value };
  }
  const value = Number(text) + 0; // an integer has no -0
  if (value < INT_MIN || value > INT_MAX) throw new NotComparable(`'${text}' does not fit 32 bits`);
  return { kind, value };
}

/** As java.lang.Double#valueOf, hexadecimal numbers apart. */
function parseDouble(text: string): number {
  const match = /^\s*([+-]?)(?:(NaN|Infinity)|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?)\s*$/.exec(text);
  if (match === null) throw new NotComparable(`'${text}' is no number`);
  const magnitude = Number(match[2] ?? match[3]);
  return match[1] === '-' ? -magnitude : magnitude;
}

function parseBoolean(text: string): boolean {
  return text.toLowerCase() === 'true';
}
