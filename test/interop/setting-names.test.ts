import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { apacheSettings } from '../../lib/engine/servers/apache-settings.js';
import { describeWhen } from '../support/requirements.js';
import { java17AndMaven, javaCommand } from './support/java-programs.js';

const run = promisify(execFile);

const lists: readonly (readonly [className: string, list: keyof typeof apacheSettings])[] = [
  ['org.apache.rocketmq.common.BrokerConfig', 'brokerConfig'],
  ['org.apache.rocketmq.store.config.MessageStoreConfig', 'messageStoreConfig'],
  ['org.apache.rocketmq.remoting.netty.NettyServerConfig', 'nettyServerConfig'],
  ['org.apache.rocketmq.remoting.netty.NettyClientConfig', 'nettyClientConfig'],
  ['org.apache.rocketmq.common.namesrv.NamesrvConfig', 'namesrvConfig'],
  ['org.apache.rocketmq.common.ControllerConfig', 'controllerConfig'],
  ['org.apache.rocketmq.common.JraftConfig', 'jraftConfig'],
  ['org.apache.rocketmq.auth.config.AuthConfig', 'authConfig'],
  ['org.apache.rocketmq.tieredstore.MessageStoreConfig', 'tieredStoreConfig'],
];

describeWhen(java17AndMaven, 'the settings of Apache 5.3.3', () => {
  const namesOf = new Map<string, readonly string[]>();

  beforeAll(async () => {
    const [program, ...words] = javaCommand('5.3', 'interop.SettingNames5');
    const { stdout } = await run(program, words, { maxBuffer: 1024 * 1024 });
    for (const line of stdout.split('\n')) {
      const [mark, className, ...names] = line.split(' ');
      if (mark === 'SETTINGS') namesOf.set(className, names);
    }
  });

  test.each(lists)('%s: every one is known, and no other', (className, list) => {
    expect([...apacheSettings[list]].sort()).toEqual([...(namesOf.get(className) ?? [])].sort());
  });
});
