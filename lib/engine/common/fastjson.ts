import { ProtocolError } from './errors.js';

/** What parseFastjson() returns. Objects have no prototype, so any name is a safe key and none is inherited. */
export type FastjsonValue = null | boolean | number | string | FastjsonValue[] | FastjsonObject;

export interface FastjsonObject {
  [key: string]: FastjsonValue;
}

/**
 * What writeFastjson() takes: arrays, Maps and plain objects of these, at any depth. The keys of a
 * Map keep their kind, as Java's do: a number is written without quotes, an object as an object.
 * Keys of plain objects are quoted; undefined is left out.
 */
export type FastjsonInput = null | undefined | boolean | number | bigint | string | object;

/** Nothing of Apache's is nested deeper than a dozen. */
const MAX_DEPTH = 64;
/** A registration of 100,000 topics has less than half of it. */
const MAX_VALUES = 2_000_000;

/**
 * Reads JSON in the dialect that Apache's Java writes by fastjson: keys without quotes (`{0:3}`),
 * objects as keys (`{{"queueId":0}:1}`, the key becomes its JSON text), and also single quotes and
 * trailing commas. Of two equal keys the last wins; integers beyond 2^53 lose precision.
 * @throws ProtocolError naming the position; also when nested deeper than 64, or of more than 2,000,000 values
 */
export function parseFastjson(text: string): FastjsonValue {
  return new FastjsonParser(text).parse();
}

/**
 * Writes text that Apache's fastjson reads, and writes the same way.
 * @param options.pretty as Apache's files are: a tab per level, a line per member
 */
export function writeFastjson(value: FastjsonInput, options: { pretty?: boolean } = {}): string {
  return write(value, options.pretty === true ? '\n' : undefined);
}

class FastjsonParser {
  private position = 0;
  private values = 0;

  constructor(private readonly text: string) {}

  parse(): FastjsonValue {
    const value = this.value(0);
    this.skipSpace();
    if (this.position < this.text.length) throw this.unexpected('the end');
    return value;
  }

  private value(depth: number): FastjsonValue {
    if (depth > MAX_DEPTH) throw new ProtocolError(`JSON is nested deeper than ${MAX_DEPTH} levels`);
    if (++this.values > MAX_VALUES) throw new ProtocolError(`JSON has more than ${MAX_VALUES} values`);
    this.skipSpace();
    const first = this.text[this.position];
    if (first === '{') return this.object(depth);
    if (first === '[') return this.array(depth);
    if (first === '"' || first === "'") return this.string(first);
    const number = this.match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
    if (number !== undefined) return Number(number);
    const word = this.match(/true|false|null/y);
    if (word === undefined) throw this.unexpected('a value');
    return word === 'null' ? null : word === 'true';
  }

  private object(depth: number): FastjsonObject {
    const object = Object.create(null) as FastjsonObject;
    this.position++;
    while (!this.take('}')) {
      const key = this.key(depth);
      this.expect(':');
      object[key] = this.value(depth + 1);
      if (this.take(',')) continue;
      this.expect('}');
      break;
    }
    return object;
  }

  private key(depth: number): string {
    this.skipSpace();
    const first = this.text[this.position];
    if (first === '"' || first === "'") return this.string(first);
    if (first === '{') return JSON.stringify(this.value(depth + 1));
    const name = this.match(/-?[\w$]+/y);
    if (name === undefined) throw this.unexpected('a key');
    return name;
  }

  private array(depth: number): FastjsonValue[] {
    const array: FastjsonValue[] = [];
    this.position++;
    while (!this.take(']')) {
      array.push(this.value(depth + 1));
      if (this.take(',')) continue;
      this.expect(']');
      break;
    }
    return array;
  }

  private string(quote: string): string {
    const { text } = this;
    let plainFrom = ++this.position;
    let result = '';
    for (let at = plainFrom; at < text.length; at++) {
      const character = text[at];
      if (character === quote) {
        this.position = at + 1;
        return result + text.slice(plainFrom, at);
      }
      if (character === '\\') {
        result += text.slice(plainFrom, at);
        this.position = at + 1;
        result += this.escaped();
        plainFrom = this.position;
        at = plainFrom - 1;
      }
    }
    throw new ProtocolError(`JSON ends inside the text that begins at ${plainFrom - 1}`);
  }

  private escaped(): string {
    const code = this.text[this.position++] ?? '';
    if (code === 'u' || code === 'x') {
      const digits = this.match(code === 'u' ? /[0-9a-fA-F]{4}/y : /[0-9a-fA-F]{2}/y);
      if (digits === undefined) throw this.unexpected('hex digits');
      return String.fromCharCode(parseInt(digits, 16));
    }
    const plain = escapes.get(code);
    if (plain === undefined) throw this.unexpected('an escape');
    return plain;
  }

  private skipSpace(): void {
    for (; this.position < this.text.length; this.position++) {
      const code = this.text.charCodeAt(this.position);
      if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return;
    }
  }

  private take(punctuation: string): boolean {
    this.skipSpace();
    if (this.text[this.position] !== punctuation) return false;
    this.position++;
    return true;
  }

  private expect(punctuation: string): void {
    if (!this.take(punctuation)) throw this.unexpected(`'${punctuation}'`);
  }

  private match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.position;
    const found = sticky.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  private unexpected(wanted: string): ProtocolError {
    const found = this.position < this.text.length ? JSON.stringify(this.text[this.position]) : 'the end';
    return new ProtocolError(`JSON has ${found} at ${this.position} where ${wanted} is expected`);
  }
}

const escapes = new Map([
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['0', '\0'],
]);

/** `newline` is the line break with the present indentation; undefined writes one line. */
function write(value: FastjsonInput, newline: string | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object') return JSON.stringify(value);
  const inner = newline === undefined ? undefined : `${newline}\t`;
  if (Array.isArray(value)) {
    const items = value.map((item: FastjsonInput) => write(item, inner));
    return enclose('[', items, ']', newline);
  }
  const entries: Iterable<[FastjsonInput, FastjsonInput]> = value instanceof Map ? value : Object.entries(value);
  const members: string[] = [];
  for (const [key, member] of entries) {
    if (member === undefined) continue;
    members.push(`${write(key, undefined)}:${write(member, inner)}`);
  }
  return enclose('{', members, '}', newline);
}

function enclose(open: string, members: readonly string[], close: string, newline: string | undefined): string {
  if (members.length === 0) return open + close;
  if (newline === undefined) return open + members.join(',') + close;
  return `${open}${newline}\t${members.join(`,${newline}\t`)}${newline}${close}`;
}
