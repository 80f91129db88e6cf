import { ClientProbe } from './client-probe.js';
import { javaCommand, type Release } from './java-programs.js';
import { JsonLinesProcess } from './json-lines-process.js';

/** Apache's Java client; that of 5.3 can also administrate. */
export async function startJavaClient(release: Release = '5.3'): Promise<ClientProbe> {
  const commands = release === '5.3' ? 'interop.Commands5' : 'interop.Commands';
  const command = [...javaCommand(release, 'interop.Probe'), commands];
  return new ClientProbe('Java', await JsonLinesProcess.start(`Java client ${release}`, command));
}
