import { apacheSettingNames, apacheSettings } from '../../../../lib/engine/servers/apache-settings.js';
import { refusedSettings } from '../../../../lib/engine/servers/refused-settings.js';
import { brokerConf, nameServerConf, readProperties } from '../../../../lib/engine/servers/server-conf.js';
import { brokerAndStoreSettings } from '../../../../lib/engine/servers/server-settings.js';

/** As Apache 5.3.3 ships them: conf/broker.conf, conf/2m-noslave/broker-b.properties. */
const shipped = `
brokerClusterName = DefaultCluster
brokerName = broker-a
brokerId = 0
deleteWhen = 04
fileReservedTime = 48
brokerRole = ASYNC_MASTER
flushDiskType = ASYNC_FLUSH
`;

function broker(text: string) {
  return brokerConf(readProperties(text));
}

describe('broker.conf', () => {
  test("Apache's own is applied as it is", () => {
    expect(broker(shipped)).toEqual({
      settings: {
        brokerClusterName: 'DefaultCluster',
        brokerName: 'broker-a',
        brokerId: 0,
        deleteWhen: '04',
        fileReservedTime: 48,
        flushDiskType: 'ASYNC_FLUSH',
      },
      bindAddress: undefined,
      withoutEffect: ['brokerRole'],
    });
  });

  test('every setting of Apache’s classes is known: applied, refused or without effect', () => {
    for (const name of apacheSettingNames) {
      expect(() => broker(`${name} = surely not its value`)).not.toThrow(/no such option/);
    }
  });

  test('what changes nothing here is listed once', () => {
    const { settings, withoutEffect } = broker('sendMessageThreadPoolNums=16\nbrokerIP2=10.0.0.1\nbrokerIP2=10.0.0.2');
    expect(settings).toEqual({});
    expect(withoutEffect).toEqual(['sendMessageThreadPoolNums', 'brokerIP2']);
  });

  test('of two lines with one name the last counts', () => {
    expect(broker('brokerName=a\nbrokerName=b').settings).toEqual({ brokerName: 'b' });
  });

  test('true may be written as Java takes it', () => {
    expect(broker('autoCreateTopicEnable=False').settings).toEqual({ autoCreateTopicEnable: false });
  });

  test('a name server is no less known to a broker, and an address to bind is kept apart', () => {
    expect(broker('bindAddress=0.0.0.0\nkvConfigPath=/x')).toEqual({
      settings: {},
      bindAddress: '0.0.0.0',
      withoutEffect: ['kvConfigPath'],
    });
  });

  test.each([
    ['flushDiskTyp=SYNC_FLUSH', 'flushDiskTyp: a broker has no such option; did you mean flushDiskType?'],
    ['sendMessageThreadPoolNum=4', 'did you mean sendMessageThreadPoolNums?'],
    ['listenPort=many', 'listenPort: must be an integer from 0 to 65535, but is "many"'],
    ['brokerRole=SLAVE', "brokerRole: 'SLAVE' is not possible: there is no replication here"],
    ['brokerId=1', "brokerId: '1' is not possible: there is no replication here"],
    ['enableDLegerCommitLog=true', 'there is no DLedger here; set it to false or remove the line'],
    ['migrateAuthFromV1Enabled=true', 'accounts of plain_acl.yml are used as they are'],
    ['storeType=defaultRocksDB', 'the store keeps its consume queues in files only'],
    ['storePathCommitLog=/elsewhere/commitlog', "it is always commitlog in the store's directory"],
  ])('%s is refused', (line, message) => {
    expect(() => broker(line)).toThrow(message);
  });

  test('paths of the store’s parts are accepted where they say what is so', () => {
    const conf = broker(
      'storePathRootDir=/data/store\nstorePathCommitLog=/data/store/commitlog/\nabortFile=/data/store/abort',
    );
    expect(conf.settings).toEqual({ storePathRootDir: '/data/store' });
  });

  test('what is refused is refused only where it would promise something', () => {
    expect(() =>
      broker('migrateAuthFromV1Enabled=false\nenableControllerMode=false\nmetricsExporterType=DISABLE'),
    ).not.toThrow();
  });

  test('only brokerId, of which one value is possible, is both ours and refused', () => {
    const ours = [...refusedSettings.keys()].filter((name) => Object.hasOwn(brokerAndStoreSettings.defaults, name));
    expect(ours).toEqual(['brokerId']);
    for (const name of refusedSettings.keys()) expect(apacheSettingNames).toContain(name);
  });
});

describe('namesrv.conf', () => {
  test('its settings, its port and the address to bind are sorted out', () => {
    expect(
      nameServerConf(
        readProperties('listenPort=9999\nsupportActingMaster=true\nbindAddress=127.0.0.1\nkvConfigPath=/x'),
      ),
    ).toEqual({
      options: { supportActingMaster: true },
      connections: {},
      access: {},
      port: 9999,
      bindAddress: '127.0.0.1',
      kvConfigPath: '/x',
      withoutEffect: [],
    });
  });

  test('every setting of Apache’s name server is known', () => {
    for (const name of [...apacheSettings.namesrvConfig, ...apacheSettings.controllerConfig]) {
      expect(() => nameServerConf([{ name, value: '?' }])).not.toThrow(/no such option/);
    }
  });

  test.each([
    [
      'supportActingMastr=true',
      'supportActingMastr: a name server has no such option; did you mean supportActingMaster?',
    ],
    ['listenPort=70000', 'listenPort: must be an integer from 0 to 65535, but is 70000'],
    ['enableControllerInNamesrv=true', 'there is no controller here'],
  ])('%s is refused', (line, message) => {
    expect(() => nameServerConf(readProperties(line))).toThrow(message);
  });
});
