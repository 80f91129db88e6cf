import { ConfigurationError } from '../common/errors.js';
import { nearestName } from '../common/nearest-name.js';

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

const names = Object.keys(defaultNameServerOptions);

/** @throws ConfigurationError an unknown name, or a value of the wrong kind */
export function resolveNameServerOptions(given: Partial<NameServerOptions> = {}): NameServerOptions {
  const options: Record<string, unknown> = { ...defaultNameServerOptions };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    checkOption(name, value);
    options[name] = value;
  }
  return options as unknown as NameServerOptions;
}

/** Reads one setting as a properties file has it. @throws ConfigurationError */
export function parseNameServerOption(name: string, text: string): Partial<NameServerOptions> {
  const isNumber = typeof defaultNameServerOptions[name as keyof NameServerOptions] === 'number';
  const value = isNumber ? Number(text) : text === 'true' ? true : text === 'false' ? false : text;
  checkOption(name, value);
  return { [name]: value };
}

export function isNameServerOption(name: string): boolean {
  return Object.hasOwn(defaultNameServerOptions, name);
}

function checkOption(name: string, value: unknown): void {
  if (!isNameServerOption(name)) {
    const nearest = nearestName(name, names);
    throw new ConfigurationError(
      name,
      `a name server has no such option${nearest ? `; did you mean ${nearest}?` : ''}`,
    );
  }
  if (typeof defaultNameServerOptions[name as keyof NameServerOptions] === 'boolean') {
    if (typeof value !== 'boolean')
      throw new ConfigurationError(name, `must be true or false, but is ${String(value)}`);
  } else if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > 2 ** 31 - 1) {
    throw new ConfigurationError(name, `must be an integer from 1 to ${2 ** 31 - 1}, but is ${String(value)}`);
  }
}
