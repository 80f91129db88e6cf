/** Lines of `name=value`, by name, as the configurations of servers travel. */
export function encodePropertiesText(settings: object): Buffer {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${String(value)}\n`);
  return Buffer.from(lines.sort().join(''));
}

/** Lines without `=`, and those that begin with `#` or `!`, are passed over; the first `=` ends the name. */
export function decodePropertiesText(body: Buffer | undefined): Record<string, string> {
  const lines = (body?.toString('utf8') ?? '').split(/\r?\n/).filter((line) => /^\s*[^#!\s].*=/.test(line));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()]),
  );
}
