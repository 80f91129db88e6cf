import { adminCommand } from '../../admin-command.js';
import { renderFields } from '../../output/table.js';
import { brokerTarget } from '../broker-target.js';
import { brokerAddresses } from './broker-addresses.js';

export const brokerStatus = adminCommand({
  name: 'brokerStatus',
  group: 'Brokers:',
  about: 'what brokers have counted and measured',
  options: brokerTarget,
  async run({ admin, output }, target) {
    const addresses = await brokerAddresses(admin, target);
    const found = await Promise.all(
      addresses.map(async (address) => [address, await admin.brokers.runtimeInfo(address)] as const),
    );
    const text = found.map(([address, info]) => `${address}\n${renderFields(Object.entries(info).sort())}`);
    output.print(Object.fromEntries(found), text.join('\n\n'));
  },
});
