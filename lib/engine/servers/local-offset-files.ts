import type { OffsetFile } from '../client/consumer/offset-file.js';
import { JsonFiles } from '../store/json-file.js';
import type { EnginePorts } from './node-ports.js';

/** Where broadcasting groups keep their progress: a file each, shared by the processes that name this directory. */
export function localOffsetFiles(
  directory: string,
  { fileSystem, logger }: Pick<EnginePorts, 'fileSystem' | 'logger'>,
): (group: string) => OffsetFile {
  const files = new JsonFiles(fileSystem, directory, logger);
  return (group) => {
    const name = `${group}.json`; // a group's name holds nothing that leads out of the directory
    return { load: () => files.load(name), save: (text) => files.save(name, text) };
  };
}
