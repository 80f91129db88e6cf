/** `name=value` lines, as the configurations of servers travel. */
export function encodePropertiesText(properties: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(
    Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
}

/** Lines without `=` are passed over; the first `=` ends the name. */
export function decodePropertiesText(body: Buffer | undefined): Record<string, string> {
  const lines = (body?.toString('utf8') ?? '').split(/\r?\n/).filter((line) => line.includes('='));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()]),
  );
}
