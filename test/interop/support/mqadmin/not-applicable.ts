const CONTAINER = 'several brokers in one process: Apache’s broker container';
const STATIC_TOPIC = 'static topics: queues that move between brokers';
const CONTROLLER = 'a controller that chooses the master';
const COLD_DATA = 'slowing down consumers of cold data';
const ROCKSDB = 'RocksDB in place of files';

/** Commands of mqadmin 5.3.3 about what our brokers don't have. */
export const notApplicable: Readonly<Record<string, string>> = {
  addBroker: CONTAINER,
  removeBroker: CONTAINER,
  updateStaticTopic: STATIC_TOPIC,
  remappingStaticTopic: STATIC_TOPIC,
  getSyncStateSet: CONTROLLER,
  getBrokerEpoch: CONTROLLER,
  getControllerMetaData: CONTROLLER,
  getControllerConfig: CONTROLLER,
  updateControllerConfig: CONTROLLER,
  electMaster: CONTROLLER,
  cleanBrokerMetadata: CONTROLLER,
  getColdDataFlowCtrInfo: COLD_DATA,
  updateColdDataFlowCtrGroupConfig: COLD_DATA,
  removeColdDataFlowCtrGroupConfig: COLD_DATA,
  setCommitLogReadAheadMode: 'how far the system reads ahead',
  dumpCompactionLog: 'compacted topics; it reads a local file and asks no broker',
  exportMetadataInRocksDB: ROCKSDB,
  rocksDBConfigToJson: ROCKSDB,
  checkRocksdbCqWriteProgress: ROCKSDB,
};

/** Commands that our broker answers, and that our command line leaves to others. */
export const onlyMqadmin: readonly string[] = ['exportPopRecord'];
