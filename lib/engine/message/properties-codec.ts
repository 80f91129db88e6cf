/** `key \x01 value \x02` repeated. Source: Apache 5.3 MessageDecoder#messageProperties2String. */
export type Properties = Map<string, string>;

const NAME_VALUE_SEPARATOR = '\x01';
const PROPERTY_SEPARATOR = '\x02';
/** The two in UTF-8. */
export const NAME_VALUE_BYTE = 1;
export const PROPERTY_BYTE = 2;

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
  properties.forEach((value, name) => (text += propertyText(name, value)));
  return text;
}

/** One property of encodeProperties(). */
export function propertyText(name: string, value: string): string {
  return name + NAME_VALUE_SEPARATOR + value + PROPERTY_SEPARATOR;
}

/** False when the text holds a separator, which the format cannot escape. */
export function isPropertyText(text: string): boolean {
  return !text.includes(NAME_VALUE_SEPARATOR) && !text.includes(PROPERTY_SEPARATOR);
}
