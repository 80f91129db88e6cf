import { refuse } from '../protocol/answers.js';
import { RequestCode } from '../protocol/request-code.js';
import { ResponseCode } from '../protocol/response-code.js';
import type { RequestProcessor } from '../remoting/channel.js';

const NO_SLAVES = 'this broker has no slaves';
const NO_CONTROLLER = 'this broker has no controller';
const NO_COLD_DATA = 'this broker does not slow down consumers of cold data';
const NO_ROCKSDB = 'this broker keeps its tables and queues in files, none of them in RocksDB';

/** What Apache's broker answers and ours has no meaning for; codes that neither knows need no reason. */
const reasons: ReadonlyMap<number, string> = new Map([
  [RequestCode.GET_TIMER_CHECK_POINT, NO_SLAVES],
  [RequestCode.GET_TIMER_METRICS, NO_SLAVES],
  [RequestCode.EXCHANGE_BROKER_HA_INFO, NO_SLAVES],
  [RequestCode.NOTIFY_BROKER_ROLE_CHANGED, NO_CONTROLLER],
  [RequestCode.CHECK_ROCKSDB_CQ_WRITE_PROGRESS, NO_ROCKSDB],
  [RequestCode.EXPORT_ROCKSDB_CONFIG_TO_JSON, NO_ROCKSDB],
  [RequestCode.UPDATE_AND_CREATE_STATIC_TOPIC, 'queues of this broker stay where they are; create a plain topic'],
  [RequestCode.UPDATE_COLD_DATA_FLOW_CTR_CONFIG, NO_COLD_DATA],
  [RequestCode.REMOVE_COLD_DATA_FLOW_CTR_CONFIG, NO_COLD_DATA],
  [RequestCode.GET_COLD_DATA_FLOW_CTR_INFO, NO_COLD_DATA],
  [RequestCode.SET_COMMITLOG_READ_MODE, 'how far the system reads ahead cannot be told to it from here'],
]);

/** Processors that say why not, in the form in which unknown codes are refused. */
export function refusedRequests(): [code: number, processor: RequestProcessor][] {
  return Array.from(reasons, ([code, reason]) => {
    const remark = ` request type ${code} not supported: ${reason}`;
    return [code, () => refuse(ResponseCode.REQUEST_CODE_NOT_SUPPORTED, remark)];
  });
}
