import { join, resolve } from 'node:path';

/** A setting of Apache's that would promise something this server does not do, unless its value is harmless. */
export interface RefusedSetting {
  isHarmless(value: string, storeDirectory: string): boolean;
  /** Why, and what to do; follows the name and its value. */
  readonly because: string;
}

const remove = 'remove the line';
const inTlsFile = 'write it into the file of --tls-config';

/**
 * What a server must not take in silence: replication, other stores, other places.
 */
export const refusedSettings: ReadonlyMap<string, RefusedSetting> = new Map<string, RefusedSetting>([
  ['brokerRole', only('ASYNC_MASTER', 'there is no replication here; the role is ASYNC_MASTER')],
  ['brokerId', only('0', 'there is no replication here; a master has the brokerId 0')],
  ['enableDLegerCommitLog', off('there is no DLedger here')],
  ['enableControllerMode', off('there is no controller here')],
  ['enableControllerInNamesrv', off('there is no controller here')],
  ['enableSlaveActingMaster', off('there is no replication here')],
  ['allAckInSyncStateSet', off('there is no replication here')],
  ['migrateAuthFromV1Enabled', off('accounts of plain_acl.yml are used as they are: set aclEnable=true')],
  ['rejectPullConsumerEnable', off('pull consumers are not refused here')],
  ['storeType', only('default', 'the store keeps its consume queues in files only')],
  ['configManagerVersion', only('V1', 'tables are kept in JSON files only')],
  ['messageStorePlugIn', only('', `there are no store plug-ins here; ${remove}`)],
  ['readOnlyCommitLogStorePaths', only('', `the log has one directory here; ${remove}`)],
  ['enableLmq', off('there are no light message queues here')],
  ['enableMultiDispatch', off('there is no multi-dispatch here')],
  ['enabledAppendPropCRC', off('no CRC of properties is stored')],
  ['forceVerifyPropCRC', off('no CRC of properties is stored')],
  ['fetchNamesrvAddrByAddressServer', off('name servers are not looked up here; give namesrvAddr')],
  ['fetchNameSrvAddrByDnsLookup', off('name servers are not looked up here; give namesrvAddr')],
  ['useTLS', off('write tls.enable=true into the file of --tls-config')],
  ['tls.enable', off(inTlsFile)],
  ['tls.server.mode', only('disabled', inTlsFile)],
  ['storePathCommitLog', inStore('commitlog')],
  ['storePathConsumeQueue', inStore('consumequeue')],
  ['storePathIndex', inStore('index')],
  ['storeCheckpoint', inStore('checkpoint')],
  ['abortFile', inStore('abort')],
]);

function only(harmless: string, because: string): RefusedSetting {
  return { isHarmless: (value) => value === harmless, because };
}

function off(because: string): RefusedSetting {
  return only('false', `${because}; set it to false or ${remove}`);
}

function inStore(name: string): RefusedSetting {
  return {
    isHarmless: (value, storeDirectory) => value === '' || resolve(value) === resolve(join(storeDirectory, name)),
    because: `it is always ${name} in the store's directory; move the whole store by storePathRootDir`,
  };
}
