import { isSettingOf, parseSetting, resolveSettings, type SettingsTable } from '../common/settings.js';

/**
 * Settings of a name server under Apache's names, with its defaults. Times are milliseconds unless
 * the name says otherwise.
 * Source: Apache 5.3 NamesrvConfig.
 */
export interface NameServerOptions {
  /** How often silent brokers are looked for. */
  scanNotActiveBrokerInterval: number;
  /** Whether routes carry what ORDER_TOPIC_CONFIG says of the topic. */
  orderMessageEnable: boolean;
  /** Whether a registration is answered with the ORDER_TOPIC_CONFIG namespace. */
  returnOrderTopicConfigToBroker: boolean;
  /** Whether a slave may stand in for a lost master in routes. */
  supportActingMaster: boolean;
  /** Whether a registration deletes the topics it does not name. */
  deleteTopicWithBrokerRegistration: boolean;
  /** Whether the list of all topics is given out. */
  enableAllTopicList: boolean;
  /** Whether lists of topics by cluster or flag are given out. */
  enableTopicList: boolean;
  /** Whether routes are refused until brokers had time to register. */
  needWaitForService: boolean;
  waitSecondsForService: number;
}

export const defaultNameServerOptions: Readonly<NameServerOptions> = Object.freeze({
  scanNotActiveBrokerInterval: 5000,
  orderMessageEnable: false,
  returnOrderTopicConfigToBroker: true,
  supportActingMaster: false,
  deleteTopicWithBrokerRegistration: false,
  enableAllTopicList: true,
  enableTopicList: true,
  needWaitForService: false,
  waitSecondsForService: 45,
});

const positive = [1, 2 ** 31 - 1] as const;

export const nameServerSettings: SettingsTable<NameServerOptions> = {
  owner: 'a name server',
  defaults: defaultNameServerOptions,
  limits: { scanNotActiveBrokerInterval: positive, waitSecondsForService: positive },
};

/**
 * With the defaults filled in.
 * @returns a table of its own, which requests may change
 * @throws ConfigurationError see resolveSettings()
 */
export function resolveNameServerOptions(given: Partial<NameServerOptions> = {}): NameServerOptions {
  return { ...resolveSettings(nameServerSettings, given) };
}

/** Reads one setting as a properties file has it. @throws ConfigurationError */
export function parseNameServerOption(name: string, text: string): Partial<NameServerOptions> {
  return { [name]: parseSetting(nameServerSettings, name, text) };
}

export function isNameServerOption(name: string): boolean {
  return isSettingOf(nameServerSettings, name);
}
