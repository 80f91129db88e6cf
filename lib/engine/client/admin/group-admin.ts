import { ConfigurationError } from '../../common/errors.js';
import { objectOf } from '../../common/json-fields.js';
import { groupNameProblem } from '../../message/topic-names.js';
import {
  newSubscriptionGroup,
  readSubscriptionGroupConfig,
  type SubscriptionGroupConfig,
} from '../../protocol/bodies/subscription-group-config.js';
import { encodeHeader } from '../../protocol/field-table.js';
import { RequestCode } from '../../protocol/request-code.js';
import { deleteGroupRequest } from '../../protocol/requests/group-admin.js';
import { toJson, type AdminRequests, type BrokerTarget } from './admin-requests.js';

/** How the brokers hand out a topic's queues to a group. */
export interface RequestModeSettings extends BrokerTarget {
  /** PULL: a queue belongs to one consumer. POP: consumers share queues. */
  mode: 'PULL' | 'POP';
  /** Under POP, how many consumers share a queue; 0: all, -1: the broker decides. Default 0. */
  popShareQueueNum?: number;
}

/** Looks after consumer groups. Source: Apache 5.3 DefaultMQAdminExt. */
export class GroupAdmin {
  constructor(private readonly requests: AdminRequests) {}

  /**
   * Creates a group or replaces its settings; those not given become Apache's defaults.
   * @throws ConfigurationError, BrokerResponseError
   */
  async create(
    group: string,
    settings: Partial<Omit<SubscriptionGroupConfig, 'groupName'>> = {},
    target: BrokerTarget = {},
  ): Promise<void> {
    const problem = groupNameProblem(group);
    if (problem !== undefined) throw new ConfigurationError('group', problem);
    const body = toJson({ ...newSubscriptionGroup(group), ...settings });
    await this.requests.tell(target, RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, { body });
  }

  async createAll(groups: readonly SubscriptionGroupConfig[], target: BrokerTarget = {}): Promise<void> {
    const body = toJson({ groupConfigList: groups });
    await this.requests.tell(target, RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, { body });
  }

  /** @param options.cleanOffset also its progress. Default false. */
  async delete(group: string, options: { cleanOffset?: boolean } & BrokerTarget = {}): Promise<void> {
    const extFields = encodeHeader(deleteGroupRequest, { groupName: group, cleanOffset: options.cleanOffset ?? false });
    await this.requests.tell(options, RequestCode.DELETE_SUBSCRIPTIONGROUP, { extFields });
  }

  /** As one broker has it; undefined when it has no such group. To ask for the one would make many a broker create it. */
  async config(group: string, address: string): Promise<SubscriptionGroupConfig | undefined> {
    return (await this.configs(address)).find(({ groupName }) => groupName === group);
  }

  /** All of one broker. */
  async configs(address: string): Promise<SubscriptionGroupConfig[]> {
    const code = RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG;
    const body = await this.requests.askJson(address, code);
    return Object.values(objectOf(body.subscriptionGroupTable, 'subscriptionGroupTable')).map((config) =>
      readSubscriptionGroupConfig(config),
    );
  }

  async setRequestMode(
    group: string,
    topic: string,
    { mode, popShareQueueNum = 0, ...target }: RequestModeSettings,
  ): Promise<void> {
    const body = toJson({ topic, consumerGroup: group, mode, popShareQueueNum });
    await this.requests.tell(target, RequestCode.SET_MESSAGE_REQUEST_MODE, { body });
  }
}
