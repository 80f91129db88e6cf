import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionCredentials } from '../engine/index.js';
import { CommandError, UsageError } from './errors.js';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Whom requests are signed for: the account of the file that is named, else that of the environment,
 * else that of `conf/tools.yml` in ROCKETMQ_HOME, where mqadmin has it. Undefined: nobody's.
 * Source: Apache 5.3 MQAdminStartup, AclUtils#getAclRPCHook.
 * @throws CommandError, UsageError, which never show what a file holds
 */
export async function credentialsOf(
  toolsConfig: string | undefined,
  variables: Variables,
): Promise<SessionCredentials | undefined> {
  if (toolsConfig !== undefined) {
    const found = await accountIn(toolsConfig);
    if (found === undefined) throw new CommandError(`${toolsConfig} cannot be read; name an existing file`);
    return found;
  }
  const { ROCKETMQ_ACCESS_KEY: accessKey = '', ROCKETMQ_SECRET_KEY: secretKey = '', ROCKETMQ_HOME: home } = variables;
  if ((accessKey === '') !== (secretKey === '')) {
    throw new UsageError('ROCKETMQ_ACCESS_KEY and ROCKETMQ_SECRET_KEY go together; set both or none');
  }
  if (accessKey !== '') return { accessKey, secretKey };
  return home === undefined ? undefined : accountIn(join(home, 'conf/tools.yml'));
}

/** Undefined: there is no such file. */
async function accountIn(path: string): Promise<SessionCredentials | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandError(`${path} cannot be read; let this user read it`);
  }
  const { accessKey, secretKey } = await parse(path, text);
  // YAML takes 12345678 for a number.
  const [key, secret] = [accessKey, secretKey].map((value) => (typeof value === 'number' ? String(value) : value));
  if (typeof key !== 'string' || typeof secret !== 'string' || key.trim() === '' || secret.trim() === '') {
    throw new CommandError(`${path}: accessKey and secretKey are needed, a text each; put quotes around them`);
  }
  return { accessKey: key, secretKey: secret };
}

async function parse(path: string, text: string): Promise<{ accessKey?: unknown; secretKey?: unknown }> {
  const { parse: parseYaml } = await import('yaml'); // only where there is such a file
  let content: unknown;
  try {
    content = parseYaml(text);
  } catch {
    throw new CommandError(`${path} is no YAML; write accessKey and secretKey as "name: value", a line each`);
  }
  return typeof content === 'object' && content !== null ? content : {};
}
