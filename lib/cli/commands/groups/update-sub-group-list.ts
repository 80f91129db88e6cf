import { readSubscriptionGroupConfig } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { required } from '../../option-table.js';
import { brokerTarget, targetOf } from '../broker-target.js';
import { readJsonList } from '../json-file.js';

export const updateSubGroupList = adminCommand({
  name: 'updateSubGroupList',
  group: 'Consumer groups:',
  about: 'creates or changes many consumer groups at once',
  options: {
    ...brokerTarget,
    file: required('-f, --filename <file>', 'a JSON list of SubscriptionGroupConfig: groupName, retryMaxTimes, …'),
  },
  async run({ admin, output }, { file, ...given }) {
    const target = targetOf(given);
    const configs = (await readJsonList(file)).map(readSubscriptionGroupConfig);
    const brokers = await admin.brokers.addresses(target);
    await admin.groups.createAll(configs, target);
    const groups = configs.map(({ groupName }) => groupName);
    output.print({ groups, brokers }, `On ${brokers.join(', ')}: ${groups.join(', ')}`);
  },
});
