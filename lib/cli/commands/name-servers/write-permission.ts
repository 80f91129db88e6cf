import type { WritePermissionChange } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { required } from '../../option-table.js';
import type { Output } from '../../output/output.js';

const broker = { brokerName: required('-b, --brokerName <name>', 'the broker') };

export const wipeWritePerm = adminCommand({
  name: 'wipeWritePerm',
  group: 'Name servers:',
  about: 'has producers keep away from a broker; what it holds can still be consumed',
  options: broker,
  async run({ admin, output }, { brokerName }) {
    show(output, await admin.nameServers.wipeWritePermission(brokerName));
  },
});

export const addWritePerm = adminCommand({
  name: 'addWritePerm',
  group: 'Name servers:',
  about: 'lets producers send to a broker again',
  options: broker,
  async run({ admin, output }, { brokerName }) {
    show(output, await admin.nameServers.addWritePermission(brokerName));
  },
});

function show(output: Output, changes: readonly WritePermissionChange[]): void {
  const rows = changes.map(({ nameServer, topicCount }) => [nameServer, topicCount]);
  output.table(changes, ['Name server', 'Topics changed'], rows);
}
