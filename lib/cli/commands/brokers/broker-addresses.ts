import type { AdminClient, ClusterBroker } from '../../../engine/index.js';
import { CommandError } from '../../errors.js';
import { targetOf } from '../broker-target.js';

/** One broker by its address, or all of a cluster, slaves too. @throws UsageError, CommandError an unknown cluster */
export async function brokerAddresses(
  admin: AdminClient,
  given: { address?: string; cluster?: string },
): Promise<string[]> {
  const { address, cluster } = targetOf(given);
  if (address !== undefined) return [address];
  return (await brokersOfCluster(admin, cluster)).map((broker) => broker.address);
}

/** Undefined: of all clusters. @throws CommandError naming the clusters that there are */
export async function brokersOfCluster(admin: AdminClient, cluster: string | undefined): Promise<ClusterBroker[]> {
  const all = await admin.brokers.list();
  const found = all.filter((broker) => cluster === undefined || broker.cluster === cluster);
  if (found.length > 0 || cluster === undefined) return found;
  const known = [...new Set(all.map((broker) => broker.cluster))].join(', ');
  throw new CommandError(`there is no cluster ${cluster}; known are ${known === '' ? 'none' : known}`);
}
