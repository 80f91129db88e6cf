import { refuse, succeed, succeedWith } from '../../protocol/answers.js';
import { decodeQueueDatas } from '../../protocol/bodies/topic-route-json.js';
import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import {
  addWritePermissionResponse,
  nameServerTopicRequest,
  topicsOfClusterRequest,
  wipeWritePermissionResponse,
  writePermissionRequest,
} from '../../protocol/requests/name-server-admin.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { Logger } from '../../ports/logger.js';
import type { NameServerOptions } from '../name-server-options.js';
import type { RouteTable } from '../route-table.js';

/** Bits of a topic's topicSysFlag. Source: Apache 5.3 TopicSysFlag. */
const UNIT_FLAG = 1;
const UNIT_SUB_FLAG = 2;

/**
 * GET_ALL_TOPIC_LIST_FROM_NAMESERVER (206), GET_TOPICS_BY_CLUSTER (224),
 * GET_SYSTEM_TOPIC_LIST_FROM_NS (304), GET_UNIT_TOPIC_LIST (311), GET_HAS_UNIT_SUB_TOPIC_LIST (312),
 * GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST (313), REGISTER_TOPIC_IN_NAMESRV (217),
 * DELETE_TOPIC_IN_NAMESRV (216), WIPE_WRITE_PERM_OF_BROKER (205), ADD_WRITE_PERM_OF_BROKER (327).
 * Source: Apache 5.3 namesrv DefaultRequestProcessor.
 */
export class TopicRegistryProcessor {
  constructor(
    private readonly routes: RouteTable,
    private readonly options: Pick<NameServerOptions, 'enableAllTopicList' | 'enableTopicList'>,
    private readonly logger: Logger,
  ) {}

  all(): RemotingCommand {
    return topicList(this.options.enableAllTopicList, () => this.routes.topics());
  }

  ofCluster(request: RemotingCommand): RemotingCommand {
    const { cluster } = decodeHeader(topicsOfClusterRequest, request.extFields);
    return topicList(this.options.enableTopicList, () => this.routes.topicsOfCluster(cluster));
  }

  ofUnits(): RemotingCommand {
    return this.byFlag((flag) => (flag & UNIT_FLAG) !== 0);
  }

  withUnitSubscription(): RemotingCommand {
    return this.byFlag((flag) => (flag & UNIT_SUB_FLAG) !== 0);
  }

  withUnitSubscriptionOnly(): RemotingCommand {
    return this.byFlag((flag) => (flag & (UNIT_FLAG | UNIT_SUB_FLAG)) === UNIT_SUB_FLAG);
  }

  /** Names of clusters and brokers, each a topic of its own on its brokers, and one address to ask for more. */
  ofSystem(): RemotingCommand {
    const names = Array.from(this.routes.clusters(), ([cluster, brokerNames]) => [cluster, ...brokerNames]).flat();
    const [first] = this.routes.allBrokers();
    const brokerAddr = first && Object.values(first.brokerAddrs)[0];
    return succeedWith({ brokerAddr, topicList: names });
  }

  register(request: RemotingCommand): RemotingCommand {
    const { topic } = decodeHeader(nameServerTopicRequest, request.extFields);
    const queueDatas = decodeQueueDatas(request.body);
    if (!this.routes.registerTopic(topic, queueDatas)) {
      this.logger.warn('a topic was not registered: it names a broker that is not known', { topic, queueDatas });
    }
    return succeed();
  }

  delete(request: RemotingCommand): RemotingCommand {
    const { topic, clusterName } = decodeHeader(nameServerTopicRequest, request.extFields);
    this.routes.deleteTopic(topic, clusterName);
    return succeed();
  }

  wipeWritePermission(request: RemotingCommand): RemotingCommand {
    const { brokerName } = decodeHeader(writePermissionRequest, request.extFields);
    const wipeTopicCount = this.routes.wipeWritePermission(brokerName);
    this.logger.info('write permission wiped', { brokerName, topics: wipeTopicCount });
    return succeed(encodeHeader(wipeWritePermissionResponse, { wipeTopicCount }));
  }

  addWritePermission(request: RemotingCommand): RemotingCommand {
    const { brokerName } = decodeHeader(writePermissionRequest, request.extFields);
    const addTopicCount = this.routes.addWritePermission(brokerName);
    this.logger.info('write permission added', { brokerName, topics: addTopicCount });
    return succeed(encodeHeader(addWritePermissionResponse, { addTopicCount }));
  }

  private byFlag(test: (topicSysFlag: number) => boolean): RemotingCommand {
    return topicList(this.options.enableTopicList, () => this.routes.topicsByFlag(test));
  }
}

function topicList(isEnabled: boolean, topics: () => string[]): RemotingCommand {
  return isEnabled ? succeedWith({ topicList: topics() }) : refuse(ResponseCode.SYSTEM_ERROR, 'disable');
}
