import { sleep, type AdminClient, type ClusterBroker } from '../../../engine/index.js';
import { adminCommand, type CommandContext } from '../../admin-command.js';
import { flag, optional, wholeNumber } from '../../option-table.js';
import { brokersOfCluster } from '../brokers/broker-addresses.js';

export const clusterList = adminCommand({
  name: 'clusterList',
  group: 'Cluster:',
  about: 'every broker: its rates, log and disk',
  options: {
    withDays: flag('-m, --moreStats', 'also messages in and out, yesterday and today'),
    intervalSeconds: optional('-i, --interval <s>', 'again every so many seconds, until interrupted', wholeNumber),
    cluster: optional('-c, --clusterName <name>', 'only this cluster'),
  },
  async run(context, { withDays, intervalSeconds, cluster }) {
    const interrupted = intervalSeconds === undefined ? undefined : context.interruption();
    do {
      const brokers = await brokersOfCluster(context.admin, cluster);
      const found = await Promise.all(brokers.map(async (broker) => describe(context.admin, broker)));
      (withDays ? showDays : showRates)(context, found);
      if (intervalSeconds !== undefined) {
        await sleep(context.clock, intervalSeconds * 1000, interrupted).catch(() => undefined); // interrupted: it ends
      }
    } while (interrupted?.aborted === false);
  },
});

interface BrokerFigures extends ClusterBroker {
  /** By Apache's names; empty when it did not answer. */
  readonly info: Readonly<Record<string, string>>;
  /** Why it did not. */
  readonly problem?: string;
}

/** One broker that is gone doesn't hide the others. */
async function describe(admin: AdminClient, broker: ClusterBroker): Promise<BrokerFigures> {
  try {
    return { ...broker, info: await admin.brokers.runtimeInfo(broker.address) };
  } catch (error) {
    return { ...broker, info: {}, problem: error instanceof Error ? error.message : String(error) };
  }
}

function showRates({ output, clock }: CommandContext, brokers: readonly BrokerFigures[]): void {
  const rows = brokers.map(({ cluster, brokerName, brokerId, address, info, problem }) => [
    cluster,
    brokerName,
    brokerId,
    address,
    info.brokerVersionDesc ?? problem,
    firstRate(info.putTps),
    firstRate(info.getTransferredTps),
    hoursKept(info.earliestMessageTimeStamp, clock.now()),
    info.commitLogDiskRatio,
  ]);
  const titles = ['Cluster', 'Broker', 'Id', 'Address', 'Version', 'In/s', 'Out/s', 'Hours kept', 'Disk'];
  output.table(brokers, titles, rows);
}

function showDays({ output }: CommandContext, brokers: readonly BrokerFigures[]): void {
  const rows = brokers.map(({ cluster, brokerName, info }) => {
    const figure = (name: string): number => Number(info[name] ?? 0);
    return [
      cluster,
      brokerName,
      figure('msgPutTotalTodayMorning') - figure('msgPutTotalYesterdayMorning'),
      figure('msgGetTotalTodayMorning') - figure('msgGetTotalYesterdayMorning'),
      figure('msgPutTotalTodayNow') - figure('msgPutTotalTodayMorning'),
      figure('msgGetTotalTodayNow') - figure('msgGetTotalTodayMorning'),
    ];
  });
  output.table(brokers, ['Cluster', 'Broker', 'In yesterday', 'Out yesterday', 'In today', 'Out today'], rows);
}

/** Of the last ten seconds; a broker tells those of the last minute and ten minutes too. */
function firstRate(rates = ''): string | undefined {
  const [rate] = rates.split(' ');
  return rate === '' ? undefined : Number(rate).toFixed(2);
}

function hoursKept(earliest: string | undefined, now: number): string | undefined {
  const since = Number(earliest ?? 0);
  return since > 0 ? ((now - since) / 3_600_000).toFixed(2) : undefined;
}
