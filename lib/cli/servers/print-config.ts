import { resolveServerSettings, type BrokerConf } from '../../engine/index.js';

/** Those that Apache 5.3 marks with ImportantField, as far as they have an effect here. */
const IMPORTANT: ReadonlySet<string> = new Set(
  `accessMessageInMemoryMaxRatio autoCreateSubscriptionGroup autoCreateTopicEnable brokerClusterName brokerIP1 brokerId
  brokerName cleanFileForciblyEnable deleteFileBatchMax deleteWhen fileReservedTime flushDiskType flushIntervalCommitLog
  listenPort maxTransferBytesOnMessageInDisk maxTransferBytesOnMessageInMemory maxTransferCountOnMessageInDisk
  maxTransferCountOnMessageInMemory messageIndexEnable msgTraceTopicName namesrvAddr rejectTransactionMessage
  storePathRootDir traceTopicEnable transactionCheckInterval transactionCheckMax transactionTimeOut`.split(/\s+/),
);

/** Settings as lines of `name=value`, sorted; then, as comments, those that a file has and that have no effect. */
export function configText(settings: object, withoutEffect: readonly string[]): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${String(value)}`);
  return [...lines.sort(), ...[...withoutEffect].sort().map((name) => `# ${name} has no effect here`)].join('\n');
}

/** What a broker would run with. Source: Apache 5.3 BrokerStartup, options -p and -m. */
export function brokerConfigText(
  { settings, withoutEffect }: Pick<BrokerConf, 'settings' | 'withoutEffect'>,
  isImportantOnly: boolean,
): string {
  const all = resolveServerSettings(settings);
  const shown = isImportantOnly ? Object.entries(all).filter(([name]) => IMPORTANT.has(name)) : Object.entries(all);
  return configText(Object.fromEntries(shown), withoutEffect);
}
