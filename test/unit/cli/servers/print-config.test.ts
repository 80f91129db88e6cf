import { brokerConfigText } from '../../../../lib/cli/servers/print-config.js';
import { brokerConf, readProperties, resolveServerSettings } from '../../../../lib/engine/index.js';

const conf = brokerConf(readProperties('flushDiskType=SYNC_FLUSH\nbrokerName=b\nhaListenPort=0'));

test('prints every setting in force, so that it can be read again', () => {
  const text = brokerConfigText(conf, false);
  expect(text).toContain('\nflushDiskType=SYNC_FLUSH\n');
  expect(text).toMatch(/# haListenPort has no effect here$/);
  expect(resolveServerSettings(brokerConf(readProperties(text)).settings)).toEqual(
    resolveServerSettings(conf.settings),
  );
});

test('prints the important ones alone', () => {
  const names = brokerConfigText(conf, true)
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  expect(names).toContain('brokerName=b');
  expect(names.join('\n')).not.toContain('maxOpenFiles');
});
