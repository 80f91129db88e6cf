import { ApacheCluster } from './apache-cluster.js';
import type { Cluster } from './cluster.js';
import { OurCluster } from './our-cluster.js';

/** What both are set to, by RocketMQ's names, so that the tests needn't wait for minutes. */
export const brokerProperties: Readonly<Record<string, string>> = {
  enablePropertyFilter: 'true',
  // Levels 1 and 2 differ; consumers' retries, which begin at level 3, take a second each.
  messageDelayLevel: `1s 2s${' 1s'.repeat(16)}`,
  transactionTimeOut: '1000',
  transactionCheckInterval: '2000',
  // Apache keeps what was decided in memory for 3 s, and asks again about what it has not written down.
  transactionOpBatchInterval: '100',
  recallMessageEnable: 'true',
  enableRemoteConfig: 'true',
};

export interface Target {
  readonly name: 'Apache 5.3.3' | 'ours';
  start(): Promise<Cluster>;
}

/** What every assertion of the matrix is made on: first the specification, then our claim to meet it. */
export const targets: readonly Target[] = [
  { name: 'Apache 5.3.3', start: async () => ApacheCluster.start({ properties: brokerProperties }) },
  { name: 'ours', start: async () => OurCluster.start({ properties: brokerProperties }) },
];
