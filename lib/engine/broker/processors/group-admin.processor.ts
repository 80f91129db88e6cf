import { parseFastjson, type FastjsonValue } from '../../common/fastjson.js';
import { arrayOf, objectOf } from '../../common/json-fields.js';
import { groupNameProblem } from '../../message/topic-names.js';
import {
  readSubscriptionGroupConfig,
  type SubscriptionGroupConfig,
} from '../../protocol/bodies/subscription-group-config.js';
import { decodeHeader } from '../../protocol/field-table.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { deleteGroupRequest, groupForbiddenRequest, groupRequest } from '../../protocol/requests/group-admin.js';
import { ResponseCode } from '../../protocol/response-code.js';
import { refuse, succeed, succeedWith } from '../../protocol/answers.js';
import type { BrokerStats } from '../broker-stats.js';
import type { ConsumerOffsetTable } from '../tables/consumer-offset-table.js';
import type { SubscriptionGroupTable } from '../tables/subscription-group-table.js';

const MAX_QUEUES = 65_536;

/**
 * UPDATE_AND_CREATE_SUBSCRIPTIONGROUP (200) and its list form (225), GET_ALL_SUBSCRIPTIONGROUP_CONFIG (201),
 * DELETE_SUBSCRIPTIONGROUP (207), GET_SUBSCRIPTIONGROUP_CONFIG (352), UPDATE_AND_GET_GROUP_FORBIDDEN (353).
 * Source: Apache 5.3 AdminBrokerProcessor.
 */
export class GroupAdminProcessor {
  constructor(
    private readonly groups: SubscriptionGroupTable,
    private readonly offsets: ConsumerOffsetTable,
    private readonly stats: BrokerStats,
    private readonly saveGroups: () => Promise<void>,
  ) {}

  createOrUpdate(request: RemotingCommand): Promise<RemotingCommand> {
    return this.putAll([parseBody(request.body)]);
  }

  createOrUpdateList(request: RemotingCommand): Promise<RemotingCommand> {
    const { groupConfigList } = objectOf(parseBody(request.body), 'the list of groups');
    return this.putAll(arrayOf(groupConfigList, 'groupConfigList'));
  }

  all(): RemotingCommand {
    return succeedWith(this.groups.encode());
  }

  get(request: RemotingCommand): RemotingCommand {
    const { group } = decodeHeader(groupRequest, request.extFields);
    const config = this.groups.find(group);
    return config === undefined
      ? refuse(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, 'No group in this broker')
      : succeedWith(config);
  }

  async delete(request: RemotingCommand): Promise<RemotingCommand> {
    const { groupName, cleanOffset } = decodeHeader(deleteGroupRequest, request.extFields);
    this.groups.delete(groupName);
    this.stats.forgetGroup(groupName);
    if (cleanOffset === true) this.offsets.deleteGroup(groupName);
    await this.saveGroups();
    return succeed();
  }

  /** Without `readable` it only tells. */
  async updateAndGetForbidden(request: RemotingCommand): Promise<RemotingCommand> {
    const { group, topic, readable } = decodeHeader(groupForbiddenRequest, request.extFields);
    if (readable !== undefined) {
      this.groups.setReadForbidden(group, topic, !readable);
      await this.saveGroups();
    }
    return succeedWith({ group, topic, readable: !this.groups.isReadForbidden(group, topic) });
  }

  /** All or, when one is bad, none. */
  private async putAll(values: readonly FastjsonValue[]): Promise<RemotingCommand> {
    const configs = values.map((value) => readSubscriptionGroupConfig(value));
    const problem = configs
      .map((config) => nameRemark(config) ?? attributesRemark(config) ?? retryQueuesRemark(config))
      .find((remark) => remark !== undefined);
    if (problem !== undefined) return refuse(ResponseCode.INVALID_PARAMETER, problem);
    for (const config of configs) this.groups.put(config);
    await this.saveGroups();
    return succeed();
  }
}

function nameRemark({ groupName }: SubscriptionGroupConfig): string | undefined {
  const problem = groupNameProblem(groupName);
  return problem === undefined ? undefined : `the group's name ${problem}`;
}

/** Source: Apache 5.3 SubscriptionGroupAttributes, which is empty. */
function attributesRemark({ attributes }: SubscriptionGroupConfig): string | undefined {
  const [first] = Object.keys(attributes);
  return first === undefined ? undefined : `attributes: groups have none, so no '${first}' either; leave it out`;
}

function parseBody(body: Buffer | undefined): FastjsonValue {
  return parseFastjson(body?.toString() ?? '');
}

/** A retry topic has so many queues, and whoever looks at it goes through all of them. */
function retryQueuesRemark({ retryQueueNums }: SubscriptionGroupConfig): string | undefined {
  if (retryQueueNums <= MAX_QUEUES) return undefined;
  return `retryQueueNums must be from 0 to ${MAX_QUEUES}, but is ${retryQueueNums}`;
}
