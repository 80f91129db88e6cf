import { basename, dirname } from 'node:path';
import type { KvConfigStorage } from '../namesrv/kv-config.js';
import { JsonFiles } from '../store/json-file.js';
import type { EnginePorts } from './node-ports.js';

/** Where a name server keeps its key-value pairs: a file that is replaced as a whole, with its directory made when it is needed. */
export function kvConfigFile(
  path: string,
  { fileSystem, logger }: Pick<EnginePorts, 'fileSystem' | 'logger'>,
): KvConfigStorage {
  const files = new JsonFiles(fileSystem, dirname(path), logger);
  const name = basename(path);
  return { load: () => files.load(name), save: (text) => files.save(name, text) };
}
