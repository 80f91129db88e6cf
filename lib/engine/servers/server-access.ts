import { join } from 'node:path';
import type { Access } from '../access/access.js';
import { AccessControl } from '../access/access-control.js';
import { firstUser, innerCredentials, isAccessControlled, type AccessOptions } from '../access/access-options.js';
import { AccessTables } from '../access/access-tables.js';
import { PlainAccounts, readPlainAcl } from '../access/plain-acl.js';
import { remoteConfigGuard } from '../access/remote-config-guard.js';
import { TableFile } from '../broker/table-file.js';
import { ConfigurationError } from '../common/errors.js';
import { parseFastjson } from '../common/fastjson.js';
import { Service, startInOrder, stopInReverse } from '../common/lifecycle.js';
import type { RequestGuard } from '../remoting/remoting-server.js';
import { JsonFiles } from '../store/json-file.js';
import type { EnginePorts } from './node-ports.js';
import { WatchedFile } from './watched-file.js';

/** Users and their rules, readable by the server's own user of the system only. */
const ACCESS_FILE = 'access.json';

export interface ServerAccessParts {
  readonly options: AccessOptions;
  readonly clusterName: string;
  /** Where this server keeps its users. Default: in memory, those of the settings only. */
  readonly directory?: string;
}

/** What decides who may send a server what. @throws ConfigurationError */
export function createAccess(
  parts: ServerAccessParts,
  ports: EnginePorts,
): { readonly access?: Access; readonly guard?: RequestGuard } {
  if (isAccessControlled(parts.options)) return { access: new ServerAccess(parts, ports) };
  return parts.options.enableRemoteConfig ? {} : { guard: remoteConfigGuard };
}

/** Access control over files: the users' own, a plain_acl.yml, and for a name server those of a broker. */
class ServerAccess extends Service implements Access {
  readonly control: AccessControl;
  readonly tables = new AccessTables();
  private readonly file?: TableFile;
  private readonly watched: WatchedFile[] = [];

  constructor(
    private readonly parts: ServerAccessParts,
    private readonly ports: EnginePorts,
  ) {
    super();
    const { options, clusterName, directory } = parts;
    const { fileSystem, logger: log } = ports;
    const plain = new PlainAccounts();
    const others = new AccessTables();
    this.control = new AccessControl({ options, clusterName, accounts: [this.tables, others, plain], log });
    if (directory !== undefined) {
      const storage = new JsonFiles(fileSystem, directory, log, { isPrivate: true });
      this.file = new TableFile(ACCESS_FILE, this.tables, storage, log);
    }
    if (options.aclEnable) {
      this.watch('plainAclFile', options.plainAclFile, async (text) =>
        plain.replace(readPlainAcl(await parseYaml(text))),
      );
    }
    if (options.authConfigPath !== '') {
      const path = join(options.authConfigPath, ACCESS_FILE);
      this.watch('authConfigPath', path, (text) => others.decode(parseFastjson(text)), false);
    }
  }

  async save(): Promise<void> {
    await this.file?.save();
  }

  /** @throws ConfigurationError */
  protected async onStart(): Promise<void> {
    await this.file?.load();
    if (this.addFirstUsers()) await this.save();
    await startInOrder(this.watched);
    this.refuseNobody();
  }

  protected async onStop(): Promise<void> {
    await stopInReverse(this.watched);
  }

  /** @returns whether there were any that are new. Source: Apache 5.3 AuthenticationMetadataManagerImpl#initUser */
  private addFirstUsers(): boolean {
    const { options } = this.parts;
    const first = firstUser(options);
    const inner = innerCredentials(options);
    const users = [first, inner && { username: inner.accessKey, password: inner.secretKey }];
    let isAdded = false;
    for (const user of users) {
      if (user === undefined || this.tables.user(user.username) !== undefined) continue; // both may be the same
      this.tables.createUser(user.username, { ...user, userType: 'Super' });
      isAdded = true;
    }
    return isAdded;
  }

  private refuseNobody(): void {
    const { aclEnable, authConfigPath } = this.parts.options;
    if (aclEnable || authConfigPath !== '' || this.tables.usersLike().length > 0) return;
    throw new ConfigurationError(
      'initAuthenticationUser',
      'is missing, and there is no user yet: nobody could get in; give {"username":"…","password":"…"}',
    );
  }

  private watch(option: string, path: string, apply: (text: string) => void | Promise<void>, isRequired = true): void {
    const { fileSystem, clock, logger: log } = this.ports;
    this.watched.push(new WatchedFile({ path, option, isRequired, apply, fileSystem, clock, log }));
  }
}

/** @throws ConfigurationError a text that is no YAML, with its line */
async function parseYaml(text: string): Promise<unknown> {
  const { parse } = await import('yaml'); // loaded only where there is such a file
  try {
    return parse(text) as unknown;
  } catch (error) {
    // The message would show the line, perhaps with a secret.
    const [{ line } = { line: 0 }] = (error as { linePos?: { line: number }[] }).linePos ?? [];
    throw new ConfigurationError('plainAclFile', `is no YAML${line > 0 ? `: see line ${line}` : ''}`);
  }
}
