import { utf8Length, writeUtf8 } from '../common/utf8.js';

/** `key \x01 value \x02` repeated. Source: Apache 5.3 MessageDecoder#messageProperties2String. */
export type Properties = Map<string, string>;

const NAME_VALUE_SEPARATOR = '\x01';
const PROPERTY_SEPARATOR = '\x02';
const NAME_VALUE_BYTE = 1;
const PROPERTY_BYTE = 2;

/** Items with an empty key or value are dropped and later duplicates win, as in Apache's decoder. */
export function decodeProperties(text: string): Properties {
  const properties: Properties = new Map();
  let separator = -1;
  for (let start = 0, end; start < text.length; start = end + 1) {
    end = text.indexOf(PROPERTY_SEPARATOR, start);
    if (end < 0) end = text.length;
    if (separator < start) separator = text.indexOf(NAME_VALUE_SEPARATOR, start);
    if (separator < 0) break;
    if (separator > start && separator < end - 1) {
      properties.set(text.slice(start, separator), text.slice(separator + 1, end));
    }
  }
  return properties;
}

/** Keys and values must be free of the two separators; see isPropertyText(). */
export function encodeProperties(properties: ReadonlyMap<string, string>): string {
  let text = '';
  for (const [name, value] of properties) text += name + NAME_VALUE_SEPARATOR + value + PROPERTY_SEPARATOR;
  return text;
}

/** Bytes of encodeProperties(). */
export function propertiesLength(properties: ReadonlyMap<string, string>): number {
  let length = 0;
  // forEach, here and below: unlike for…of it allocates nothing for an entry.
  properties.forEach((value, name) => (length += utf8Length(name) + utf8Length(value) + 2));
  return length;
}

/** Writes what encodeProperties() says, without the text in between. @returns where it ends */
export function writeProperties(bytes: Buffer, position: number, properties: ReadonlyMap<string, string>): number {
  properties.forEach((value, name) => {
    position = writeUtf8(bytes, position, name);
    bytes[position++] = NAME_VALUE_BYTE;
    position = writeUtf8(bytes, position, value);
    bytes[position++] = PROPERTY_BYTE;
  });
  return position;
}

/** False when the text holds a separator, which the format cannot escape. */
export function isPropertyText(text: string): boolean {
  return !text.includes(NAME_VALUE_SEPARATOR) && !text.includes(PROPERTY_SEPARATOR);
}
