import { RocketMqError, type AdminClient } from '../../engine/index.js';

/** What one broker has counted: a second in the last minute, and in a day. One that has counted nothing refuses. */
export async function counted(
  admin: AdminClient,
  address: string,
  name: 'TOPIC_PUT_NUMS' | 'GROUP_GET_NUMS',
  key: string,
): Promise<{ tps: number; sum: number }> {
  try {
    const { statsMinute, statsHour, statsDay } = await admin.brokers.statistics(address, name, key);
    // A day is counted in hours that are over; before the first one, less has to do. Source: Apache 5.3 StatsAllSubCommand.
    return { tps: statsMinute.tps, sum: statsDay.sum || statsHour.sum || statsMinute.sum };
  } catch (error) {
    if (error instanceof RocketMqError && error.code === 'BROKER_RESPONSE') return { tps: 0, sum: 0 };
    throw error;
  }
}
