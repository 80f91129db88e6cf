import { MASTER_ID, sleep, type HaStatus } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { optional, wholeNumber } from '../../option-table.js';
import { renderFields, renderTable } from '../../output/table.js';
import { timeText } from '../../output/time.js';
import { brokerTarget, targetOf } from '../broker-target.js';
import { brokersOfCluster } from './broker-addresses.js';

export const haStatus = adminCommand({
  name: 'haStatus',
  group: 'Brokers:',
  about: 'how far the slaves of masters are',
  options: {
    ...brokerTarget,
    intervalSeconds: optional('-i, --interval <s>', 'again every so many seconds, until interrupted', wholeNumber),
  },
  async run(context, { intervalSeconds, ...given }) {
    const { admin, output, clock } = context;
    const { address, cluster } = targetOf(given);
    const addresses =
      address !== undefined
        ? [address]
        : (await brokersOfCluster(admin, cluster))
            .filter(({ brokerId }) => brokerId === MASTER_ID)
            .map((broker) => broker.address);
    const interrupted = intervalSeconds === undefined ? undefined : context.interruption();
    do {
      for (const each of addresses) {
        const status = await admin.brokers.haStatus(each);
        output.item({ address: each, ...status }, `${each}\n${textOf(status)}`);
      }
      if (intervalSeconds !== undefined) {
        await sleep(clock, intervalSeconds * 1000, interrupted).catch(() => undefined); // interrupted: the loop ends
      }
    } while (interrupted?.aborted === false);
  },
});

function textOf({ master, masterCommitLogMaxOffset, inSyncSlaveNums, replicas, replication }: HaStatus): string {
  if (!master) {
    return renderFields([
      ['Role', 'slave'],
      ['Master', replication?.masterAddr],
      ['End of its log', replication?.maxOffset],
      ['Master has flushed', replication?.masterFlushOffset],
      ['Bytes a second', replication?.transferredByteInSecond],
      ['Last read', timeText(replication?.lastReadTimestamp ?? 0)],
    ]);
  }
  const fields = renderFields([
    ['Role', 'master'],
    ['End of its log', masterCommitLogMaxOffset],
    ['Slaves', replicas.length],
    ['In sync', inSyncSlaveNums],
  ]);
  if (replicas.length === 0) return fields;
  const rows = replicas.map(({ addr, slaveAckOffset, diff, inSync, transferredByteInSecond }) => [
    addr,
    slaveAckOffset,
    diff,
    inSync,
    transferredByteInSecond,
  ]);
  return `${fields}\n${renderTable(['Slave', 'Has', 'Behind', 'In sync', 'Bytes a second'], rows)}`;
}
