import { join } from 'node:path';
import { MASTER_ID } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { brokersOfCluster } from '../brokers/broker-addresses.js';
import { writeJsonFile } from '../json-file.js';
import { exportOptions } from './export-options.js';

/** Source: Apache 5.3 ExportConfigsCommand#needBrokerProprties. */
const exported = [
  'brokerClusterName',
  'brokerId',
  'brokerName',
  'brokerRole',
  'fileReservedTime',
  'filterServerNums',
  'flushDiskType',
  'maxMessageSize',
  'messageDelayLevel',
  'msgTraceTopicName',
  'slaveReadEnable',
  'traceOn',
  'traceTopicEnable',
  'useTLS',
  'autoCreateTopicEnable',
  'autoCreateSubscriptionGroup',
];

export const exportConfigs = adminCommand({
  name: 'exportConfigs',
  group: 'Export:',
  about: 'writes the size of a cluster and the settings of its masters to configs.json',
  options: exportOptions,
  async run({ admin, output, nameServers }, { cluster, directory }) {
    const brokers = await brokersOfCluster(admin, cluster);
    const masters = brokers.filter(({ brokerId }) => brokerId === MASTER_ID);
    const configs = await Promise.all(
      masters.map(async ({ brokerName, address }) => {
        const config = await admin.brokers.config(address);
        return [
          brokerName,
          Object.fromEntries(exported.flatMap((name) => (name in config ? [[name, config[name]]] : []))),
        ];
      }),
    );
    const clusterScale = {
      namesrvSize: nameServers.length,
      masterBrokerSize: masters.length,
      slaveBrokerSize: brokers.length - masters.length,
    };
    const path = join(directory, 'configs.json');
    await writeJsonFile(path, { brokerConfigs: Object.fromEntries(configs) as object, clusterScale });
    output.print(
      { path, clusterScale },
      `${path}: the settings of ${masters.map(({ brokerName }) => brokerName).join(', ')}.`,
    );
  },
});
