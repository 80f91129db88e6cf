import { adminCommand } from '../../admin-command.js';
import { optional, required, trueOrFalse } from '../../option-table.js';
import { brokerTarget, targetOf } from '../broker-target.js';
import { brokerAddresses } from './broker-addresses.js';

export const updateBrokerConfig = adminCommand({
  name: 'updateBrokerConfig',
  group: 'Brokers:',
  about: 'changes a setting of running brokers',
  options: {
    ...brokerTarget,
    withSlaves: optional('-a, --updateAllBroker <bool>', 'of a cluster: slaves too', trueOrFalse, false),
    key: required('-k, --key <name>', 'the setting'),
    value: required('-v, --value <value>', 'its value'),
  },
  async run({ admin, output }, { withSlaves, key, value, ...target }) {
    const brokers = withSlaves ? await brokerAddresses(admin, target) : await admin.brokers.addresses(targetOf(target));
    for (const address of brokers) await admin.brokers.updateConfig(address, { [key]: value });
    output.print({ key, value, brokers }, `${key} is ${value} on ${brokers.join(', ')}.`);
  },
});
