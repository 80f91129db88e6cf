import type { BrokerTarget } from '../../engine/index.js';
import { UsageError } from '../errors.js';
import { optional } from '../option-table.js';

/** Options of commands that change something on one broker or on a cluster. */
export const brokerTarget = {
  address: optional('-b, --brokerAddr <address>', 'the broker at host:port'),
  cluster: optional('-c, --clusterName <name>', 'all masters of a cluster'),
};

/** @throws UsageError unless it is one or the other */
export function targetOf({ address, cluster }: { address?: string; cluster?: string }): BrokerTarget {
  if ((address === undefined) === (cluster === undefined)) {
    throw new UsageError('give either a broker (-b host:port) or a cluster (-c name)');
  }
  return { address, cluster };
}
