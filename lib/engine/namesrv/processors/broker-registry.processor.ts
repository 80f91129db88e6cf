import { crc32 } from '../../common/crc32.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import { refuse, succeed } from '../../protocol/answers.js';
import { decodeDataVersion, isSameVersion } from '../../protocol/bodies/data-version.js';
import { decodeRegisterBrokerBody } from '../../protocol/bodies/register-broker-body.js';
import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import { response, type RemotingCommand } from '../../protocol/remoting-command.js';
import {
  brokerHeartbeatRequest,
  queryDataVersionRequest,
  queryDataVersionResponse,
  registerBrokerRequest,
  registerBrokerResponse,
  unregisterBrokerRequest,
  type RegisterBrokerRequest,
} from '../../protocol/requests/register-broker.js';
import { ResponseCode } from '../../protocol/response-code.js';
import { writeFastjson } from '../../common/fastjson.js';
import { ORDER_TOPIC_CONFIG, type KvConfig } from '../kv-config.js';
import type { NameServerOptions } from '../name-server-options.js';
import type { RouteTable } from '../route-table.js';

/** For brokers that don't say how long they may be silent. Source: Apache 5.3 RouteInfoManager. */
const HEARTBEAT_TIMEOUT_MS = 120_000;

/**
 * REGISTER_BROKER (103), UNREGISTER_BROKER (104), QUERY_DATA_VERSION (322), BROKER_HEARTBEAT (904).
 * Source: Apache 5.3 namesrv DefaultRequestProcessor.
 */
export class BrokerRegistryProcessor {
  constructor(
    private readonly routes: RouteTable,
    private readonly kvConfig: KvConfig,
    private readonly options: Pick<
      NameServerOptions,
      'deleteTopicWithBrokerRegistration' | 'returnOrderTopicConfigToBroker'
    >,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** @param connection see RouteTable */
  register(request: RemotingCommand, connection: number): RemotingCommand {
    const header = decodeHeader(registerBrokerRequest, request.extFields);
    if (!isIntact(header, request.body)) return refuse(ResponseCode.SYSTEM_ERROR, 'crc32 not match');
    const { compressed = false, heartbeatTimeoutMillis = HEARTBEAT_TIMEOUT_MS, ...identity } = header;
    const { dataVersion, topics } = decodeRegisterBrokerBody(request.body, { compressed, version: request.version });
    const outcome = this.routes.register(
      { ...identity, heartbeatTimeoutMs: heartbeatTimeoutMillis, dataVersion, topics },
      connection,
      this.clock.monotonic(),
      { deleteMissingTopics: this.options.deleteTopicWithBrokerRegistration },
    );
    if (outcome.status !== 'REGISTERED') {
      const { brokerName, brokerId, brokerAddr } = header;
      const { reason } = outcome;
      this.logger.warn('a registration was not taken', { brokerName, brokerId, brokerAddr, reason });
    }
    if (outcome.status === 'REFUSED')
      return refuse(ResponseCode.SYSTEM_ERROR, `register broker failed: ${outcome.reason}`);
    const extFields = outcome.status === 'REGISTERED' ? encodeHeader(registerBrokerResponse, outcome) : {};
    return response(ResponseCode.SUCCESS, { extFields, body: this.orderTopicConfig() });
  }

  unregister(request: RemotingCommand, connection: number): RemotingCommand {
    const header = decodeHeader(unregisterBrokerRequest, request.extFields);
    const { brokerName, brokerId, brokerAddr } = header;
    if (this.routes.unregister(header, connection)) {
      this.logger.info('a broker said farewell', { brokerName, brokerId, brokerAddr });
    } else {
      this.logger.warn('a farewell was not taken: the broker is not here or has come back since', {
        brokerName,
        brokerId,
        brokerAddr,
      });
    }
    return succeed();
  }

  heartbeat(request: RemotingCommand, connection: number): RemotingCommand {
    const { clusterName, brokerAddr } = decodeHeader(brokerHeartbeatRequest, request.extFields);
    this.routes.keepAlive(clusterName, brokerAddr, connection, this.clock.monotonic());
    return succeed();
  }

  queryDataVersion(request: RemotingCommand, connection: number): RemotingCommand {
    const { clusterName, brokerAddr } = decodeHeader(queryDataVersionRequest, request.extFields);
    const asked = decodeDataVersion(request.body);
    const known = this.routes.dataVersion(clusterName, brokerAddr);
    this.routes.keepAlive(clusterName, brokerAddr, connection, this.clock.monotonic());
    const changed = known === undefined || !isSameVersion(known, asked);
    return response(ResponseCode.SUCCESS, {
      extFields: encodeHeader(queryDataVersionResponse, { changed }),
      body: known && Buffer.from(writeFastjson(known)),
    });
  }

  private orderTopicConfig(): Buffer | undefined {
    const table = this.options.returnOrderTopicConfigToBroker ? this.kvConfig.list(ORDER_TOPIC_CONFIG) : undefined;
    return table && Buffer.from(writeFastjson({ table }));
  }
}

function isIntact({ bodyCrc32 = 0 }: RegisterBrokerRequest, body: Buffer = Buffer.alloc(0)): boolean {
  return bodyCrc32 === 0 || bodyCrc32 === crc32(body);
}
