import { OTHER_LANGUAGE } from './language-code.js';
import { MAX_EXT_FIELDS, type CommandHeader, type ExtFields } from './remoting-command.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

type Scanned = { -readonly [K in keyof CommandHeader]: CommandHeader[K] };

/**
 * Reads a header as RocketMQ's clients write it: no white space, known keys, texts as ext values.
 * Several times as fast as JSON.parse, for the one thing that every request brings.
 * @returns undefined when it is written otherwise; that says nothing about whether it is right
 */
export function scanJsonHeader(text: string): CommandHeader | undefined {
  return new HeaderScan(text).header();
}

class HeaderScan {
  private at = 0;
  /** Where the next backslash is, or one that has been passed. */
  private backslash: number;

  constructor(private readonly text: string) {
    this.backslash = text.indexOf('\\');
  }

  header(): CommandHeader | undefined {
    const header: Scanned = {
      code: 0,
      flag: 0,
      opaque: 0,
      language: OTHER_LANGUAGE,
      version: 0,
      remark: undefined,
      extFields: {},
    };
    if (this.next() !== OPEN) return undefined;
    for (;;) {
      if (!this.member(header)) return undefined;
      const next = this.next();
      if (next === COMMA) continue;
      return next === CLOSE && this.at === this.text.length ? header : undefined;
    }
  }

  private member(header: Scanned): boolean {
    const name = this.string();
    if (this.next() !== COLON) return false;
    switch (name) {
      case 'code':
      case 'flag':
      case 'opaque':
      case 'version': {
        const value = this.int32();
        if (value === undefined) return false;
        header[name] = value;
        return true;
      }
      case 'language':
      case 'remark': {
        const value = this.string();
        if (value === undefined) return false;
        header[name] = value;
        return true;
      }
      case 'serializeTypeCurrentRPC':
        return this.string() !== undefined;
      case 'extFields': {
        const fields = this.fields();
        if (fields === undefined) return false;
        header.extFields = fields;
        return true;
      }
      default:
        return false;
    }
  }

  private fields(): ExtFields | undefined {
    const fields: ExtFields = {};
    if (this.next() !== OPEN) return undefined;
    if (this.text.charCodeAt(this.at) === CLOSE) {
      this.at++;
      return fields;
    }
    for (let count = 1; count <= MAX_EXT_FIELDS; count++) {
      const name = this.string();
      if (name === undefined || name === '__proto__' || this.next() !== COLON) return undefined;
      const value = this.string();
      if (value === undefined) return undefined;
      fields[name] = value;
      const next = this.next();
      if (next === COMMA) continue;
      return next === CLOSE ? fields : undefined;
    }
    return undefined;
  }

  private string(): string | undefined {
    if (this.next() !== QUOTE) return undefined;
    const start = this.at;
    let end = this.text.indexOf('"', start);
    if (end < 0) return undefined;
    if (this.backslash >= 0 && this.backslash < start) this.backslash = this.text.indexOf('\\', start);
    if (this.backslash < 0 || this.backslash > end) {
      this.at = end + 1;
      return this.text.slice(start, end);
    }
    while (end >= 0 && this.isEscaped(end, start)) end = this.text.indexOf('"', end + 1);
    if (end < 0) return undefined;
    this.at = end + 1;
    return unescape(this.text.slice(start - 1, end + 1));
  }

  private isEscaped(at: number, start: number): boolean {
    let backslashes = 0;
    while (at - backslashes > start && this.text[at - backslashes - 1] === '\\') backslashes++;
    return backslashes % 2 === 1;
  }

  private int32(): number | undefined {
    const isNegative = this.text.charCodeAt(this.at) === MINUS;
    if (isNegative) this.at++;
    const start = this.at;
    let value = 0;
    for (let digit; (digit = this.text.charCodeAt(this.at)) >= ZERO && digit <= NINE; this.at++) {
      value = value * 10 + digit - ZERO;
    }
    const digits = this.at - start;
    const isPlain = digits === 1 || (digits > 1 && digits <= 10 && this.text.charCodeAt(start) !== ZERO);
    const signed = isNegative ? -value : value;
    return isPlain && signed === (signed | 0) ? signed : undefined;
  }

  private next(): number {
    return this.text.charCodeAt(this.at++);
  }
}

function unescape(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined; // whoever reads it as a whole says what is wrong
  }
}
