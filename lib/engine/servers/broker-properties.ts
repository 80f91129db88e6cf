import { ConfigurationError } from '../common/errors.js';
import { parseServerSetting, type ServerSettings } from './server-settings.js';

/**
 * Reads `name = value` lines as RocketMQ's broker.conf has them; `#` and `!` begin a comment.
 * @throws ConfigurationError a line without `=`, a name nobody knows, a value that is not of its kind
 */
export function parseBrokerProperties(text: string): ServerSettings {
  const settings: Record<string, unknown> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const content = line.trim();
    if (content === '' || content.startsWith('#') || content.startsWith('!')) continue;
    const [, name, value] = /^([^=:\s]+)\s*[=:]\s*(.*)$/.exec(content) ?? [];
    if (name === undefined) {
      throw new ConfigurationError(`line ${index + 1}`, `'${content.slice(0, 60)}' is not of the form name = value`);
    }
    settings[name] = parseServerSetting(name, value);
  }
  return settings;
}
