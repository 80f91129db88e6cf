import { join } from 'node:path';
import { MASTER_ID, type AdminClient } from '../../../engine/index.js';
import { adminCommand } from '../../admin-command.js';
import { versionName } from '../../output/version-name.js';
import { brokersOfCluster } from '../brokers/broker-addresses.js';
import { counted } from '../counted.js';
import { writeJsonFile } from '../json-file.js';
import { exportOptions } from './export-options.js';
import { userGroups, userTopics } from './user-metadata.js';

export const exportMetrics = adminCommand({
  name: 'exportMetrics',
  group: 'Export:',
  about: 'writes what the masters of a cluster do, and for which clients, to metrics.json',
  options: exportOptions,
  async run({ admin, output }, { cluster, directory }) {
    const masters = (await brokersOfCluster(admin, cluster)).filter(({ brokerId }) => brokerId === MASTER_ID);
    const reports = await Promise.all(
      masters.map(async ({ brokerName, address }) => [brokerName, await report(admin, address)] as const),
    );
    const sum = (read: (quota: Quota) => number): number =>
      reports.reduce((total, [, { runtimeQuota }]) => total + read(runtimeQuota), 0);
    const content = {
      evaluateReport: Object.fromEntries(reports),
      totalData: {
        totalTps: {
          totalNormalInTps: sum(({ tps }) => tps.normalInTps),
          totalNormalOutTps: sum(({ tps }) => tps.normalOutTps),
          totalTransInTps: sum(({ tps }) => tps.transInTps),
          totalScheduleInTps: sum(({ tps }) => tps.scheduleInTps),
        },
        totalOneDayNum: {
          normalOneDayInNum: sum(({ oneDayNum }) => oneDayNum.normalOneDayInNum),
          normalOneDayOutNum: sum(({ oneDayNum }) => oneDayNum.normalOneDayOutNum),
          transOneDayInNum: sum(({ oneDayNum }) => oneDayNum.transOneDayInNum),
          scheduleOneDayInNum: sum(({ oneDayNum }) => oneDayNum.scheduleOneDayInNum),
        },
      },
    };
    const path = join(directory, 'metrics.json');
    await writeJsonFile(path, content);
    output.print(
      { path, ...content.totalData },
      `${path}: the figures of ${masters.map(({ brokerName }) => brokerName).join(', ')}.`,
    );
  },
});

interface Quota {
  diskRatio: object;
  tps: Record<'normalInTps' | 'normalOutTps' | 'transInTps' | 'scheduleInTps', number>;
  oneDayNum: Record<'normalOneDayInNum' | 'normalOneDayOutNum' | 'transOneDayInNum' | 'scheduleOneDayInNum', number>;
  messageAverageSize?: string;
  topicSize: number;
  groupSize: number;
}

interface Report {
  runtimeEnv: object;
  runtimeQuota: Quota;
  runtimeVersion: object;
}

async function report(admin: AdminClient, address: string): Promise<Report> {
  const info = await admin.brokers.runtimeInfo(address);
  const config = await admin.brokers.config(address);
  const groups = (await userGroups(admin, address)).map(({ groupName }) => groupName);
  const topics = await userTopics(admin, address, false);
  const transactions = await counted(admin, address, 'TOPIC_PUT_NUMS', 'RMQ_SYS_TRANS_HALF_TOPIC');
  const scheduled = await counted(admin, address, 'TOPIC_PUT_NUMS', 'SCHEDULE_TOPIC_XXXX');
  const ofLastDay = (name: string): number =>
    Number(info[`${name}TodayMorning`] ?? 0) - Number(info[`${name}YesterdayMorning`] ?? 0);
  return {
    runtimeEnv: { cpuNum: config.clientCallbackExecutorThreads, totalMemKBytes: info.totalMemKBytes },
    runtimeQuota: {
      diskRatio: { commitLogDiskRatio: info.commitLogDiskRatio, consumeQueueDiskRatio: info.consumeQueueDiskRatio },
      tps: {
        normalInTps: firstRate(info.putTps),
        normalOutTps: firstRate(info.getTransferredTps),
        transInTps: transactions.tps,
        scheduleInTps: scheduled.tps,
      },
      oneDayNum: {
        normalOneDayInNum: ofLastDay('msgPutTotal'),
        normalOneDayOutNum: ofLastDay('msgGetTotal'),
        transOneDayInNum: transactions.sum,
        scheduleOneDayInNum: scheduled.sum,
      },
      messageAverageSize: info.putMessageAverageSize,
      topicSize: topics.length,
      groupSize: groups.length,
    },
    runtimeVersion: { rocketmqVersion: info.brokerVersionDesc, clientInfo: await clientsOf(admin, groups, address) },
  };
}

/** Languages and versions of the consumers: `JAVA%V5_3_3`. */
async function clientsOf(admin: AdminClient, groups: readonly string[], address: string): Promise<string[]> {
  const online = await Promise.all(groups.map((group) => admin.clients.consumers(group, address)));
  const clients = online.flatMap((consumers) => consumers?.connections ?? []);
  return [...new Set(clients.map(({ language, version }) => `${language}%${versionName(version)}`))].sort();
}

function firstRate(rates = ''): number {
  return Number(rates.split(' ')[0]);
}
