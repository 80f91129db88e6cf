import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Source: rocketmq-spring 2.3 RocketMQMessageListener, and what its consumers' properties have beside it. */
const attributes = [
  ...['consumerGroup', 'topic', 'selectorType', 'selectorExpression', 'consumeMode', 'messageModel'],
  ...['consumeThreadNumber', 'consumeThreadMax', 'maxReconsumeTimes', 'consumeTimeout', 'replyTimeout'],
  ...['accessKey', 'secretKey', 'enableMsgTrace', 'customizedTraceTopic', 'nameServer', 'accessChannel', 'tlsEnable'],
  ...['namespace', 'namespaceV2', 'delayLevelWhenNextConsume', 'suspendCurrentQueueTimeMillis'],
  ...['awaitTerminationMillisWhenShutdown', 'instanceName', 'pullInterval', 'pullBatchSize'],
  ...['consumeMessageBatchMaxSize', 'consumeFromWhere'],
];

test('the page about rocketmq-spring has every attribute of its listeners', () => {
  const page = readFileSync(join(__dirname, '../../docs/migration/rocketmq-spring.md'), 'utf8');
  const [, table = ''] = page.split('## `@RocketMQMessageListener`');
  const rows = table.split('\n## ')[0].split('\n');
  const explained = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
  expect(explained.sort()).toEqual([...attributes].sort());
});
