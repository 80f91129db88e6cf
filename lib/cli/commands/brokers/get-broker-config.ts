import { adminCommand } from '../../admin-command.js';
import { renderFields } from '../../output/table.js';
import { brokerTarget } from '../broker-target.js';
import { brokerAddresses } from './broker-addresses.js';

export const getBrokerConfig = adminCommand({
  name: 'getBrokerConfig',
  group: 'Brokers:',
  about: 'the settings of brokers',
  options: brokerTarget,
  async run({ admin, output }, target) {
    const addresses = await brokerAddresses(admin, target);
    const configs = await Promise.all(
      addresses.map(async (address) => [address, await admin.brokers.config(address)] as const),
    );
    const text = configs.map(([address, config]) => `${address}\n${renderFields(Object.entries(config).sort())}`);
    output.print(Object.fromEntries(configs), text.join('\n\n'));
  },
});
