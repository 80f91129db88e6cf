import { parseFastjson } from '../../common/fastjson.js';
import { groupNameProblem } from '../../message/topic-names.js';
import type { SubscriptionGroupConfig } from '../../protocol/bodies/subscription-group-config.js';
import { decodeHeader } from '../../protocol/field-table.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { deleteGroupRequest, groupForbiddenRequest, groupRequest } from '../../protocol/requests/group-admin.js';
import { ResponseCode } from '../../protocol/response-code.js';
import { refuse, succeed, succeedWith } from '../answers.js';
import type { ConsumerOffsetTable } from '../tables/consumer-offset-table.js';
import type { SubscriptionGroupTable } from '../tables/subscription-group-table.js';

/**
 * UPDATE_AND_CREATE_SUBSCRIPTIONGROUP (200) and its list form (225), GET_ALL_SUBSCRIPTIONGROUP_CONFIG (201),
 * DELETE_SUBSCRIPTIONGROUP (207), GET_SUBSCRIPTIONGROUP_CONFIG (352), UPDATE_AND_GET_GROUP_FORBIDDEN (353).
 * Source: Apache 5.3 AdminBrokerProcessor.
 */
export class GroupAdminProcessor {
  constructor(
    private readonly groups: SubscriptionGroupTable,
    private readonly offsets: ConsumerOffsetTable,
    private readonly saveGroups: () => Promise<void>,
  ) {}

  createOrUpdate(request: RemotingCommand): Promise<RemotingCommand> {
    return this.putAll([parseObject(request.body)]);
  }

  createOrUpdateList(request: RemotingCommand): Promise<RemotingCommand> {
    const { groupConfigList } = parseObject(request.body) as { groupConfigList?: Partial<SubscriptionGroupConfig>[] };
    return this.putAll(Array.isArray(groupConfigList) ? groupConfigList : []);
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

  private async putAll(configs: readonly Partial<SubscriptionGroupConfig>[]): Promise<RemotingCommand> {
    const named: (Partial<SubscriptionGroupConfig> & { groupName: string })[] = [];
    for (const config of configs) {
      const groupName = typeof config.groupName === 'string' ? config.groupName : '';
      const problem = groupNameProblem(groupName);
      if (problem !== undefined) return refuse(ResponseCode.INVALID_PARAMETER, `the group's name ${problem}`);
      named.push({ ...config, groupName });
    }
    for (const config of named) this.groups.put(config);
    await this.saveGroups();
    return succeed();
  }
}

function parseObject(body: Buffer | undefined): Partial<SubscriptionGroupConfig> {
  const value = parseFastjson((body ?? '').toString());
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
