import type { FastjsonObject } from '../../common/fastjson.js';
import { arrayOf, integerOf, objectOf, textOf } from '../../common/json-fields.js';

/** A slave, as its master sees it. Source: Apache 5.3 HARuntimeInfo.HAConnectionRuntimeInfo. */
export interface ReplicaStatus {
  readonly addr: string;
  readonly slaveAckOffset: number;
  /** Bytes. */
  readonly diff: number;
  readonly inSync: boolean;
  readonly transferredByteInSecond: number;
  readonly transferFromWhere: number;
}

/** Of a slave itself. Source: Apache 5.3 HARuntimeInfo.HAClientRuntimeInfo. */
export interface ReplicationStatus {
  readonly masterAddr?: string;
  readonly maxOffset: number;
  readonly masterFlushOffset: number;
  readonly transferredByteInSecond: number;
  readonly lastReadTimestamp: number;
  readonly lastWriteTimestamp: number;
}

/** Answer of GET_BROKER_HA_STATUS (907). Source: Apache 5.3 HARuntimeInfo. */
export interface HaStatus {
  readonly master: boolean;
  readonly masterCommitLogMaxOffset: number;
  readonly inSyncSlaveNums: number;
  readonly replicas: readonly ReplicaStatus[];
  /** Of a slave only. */
  readonly replication?: ReplicationStatus;
}

/** Reads the body of GET_BROKER_HA_STATUS. */
export function readHaStatus(body: FastjsonObject): HaStatus {
  const replicas = arrayOf(body.haConnectionInfo, 'haConnectionInfo').map((value) => {
    const replica = objectOf(value, 'haConnectionInfo');
    return {
      addr: textOf(replica.addr, 'addr'),
      slaveAckOffset: integerOf(replica.slaveAckOffset, 'slaveAckOffset'),
      diff: integerOf(replica.diff, 'diff'),
      inSync: replica.inSync === true,
      transferredByteInSecond: integerOf(replica.transferredByteInSecond, 'transferredByteInSecond', 0),
      transferFromWhere: integerOf(replica.transferFromWhere, 'transferFromWhere', 0),
    };
  });
  const master = body.master === true;
  return {
    master,
    masterCommitLogMaxOffset: integerOf(body.masterCommitLogMaxOffset, 'masterCommitLogMaxOffset', 0),
    inSyncSlaveNums: integerOf(body.inSyncSlaveNums, 'inSyncSlaveNums', 0),
    replicas,
    ...(master ? {} : { replication: readReplication(objectOf(body.haClientRuntimeInfo, 'haClientRuntimeInfo')) }),
  };
}

function readReplication(info: FastjsonObject): ReplicationStatus {
  const integer = (name: keyof ReplicationStatus): number => integerOf(info[name], name, 0);
  return {
    ...(typeof info.masterAddr === 'string' ? { masterAddr: info.masterAddr } : {}),
    maxOffset: integer('maxOffset'),
    masterFlushOffset: integer('masterFlushOffset'),
    transferredByteInSecond: integer('transferredByteInSecond'),
    lastReadTimestamp: integer('lastReadTimestamp'),
    lastWriteTimestamp: integer('lastWriteTimestamp'),
  };
}
