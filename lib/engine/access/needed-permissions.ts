import { parseFastjson } from '../common/fastjson.js';
import { arrayOf, objectOf, textOf } from '../common/json-fields.js';
import { isRetryTopic, replyTopicOf } from '../message/topic-names.js';
import { decodeHeartbeatData } from '../protocol/bodies/heartbeat-data.js';
import { decodeLockBatchBody } from '../protocol/bodies/lock-batch.js';
import type { RemotingCommand } from '../protocol/remoting-command.js';
import { RequestCode } from '../protocol/request-code.js';
import type { Action } from './action.js';
import { groupResource, resource, type Resource } from './resource.js';

/** Allowed by a rule for the resource that has one of the actions. */
export interface Permission {
  readonly resource: Resource;
  readonly anyOf: readonly Action[];
}

type Rule = (request: RemotingCommand, clusterName: string) => Permission[];

/**
 * What a user who is not super has to be allowed for a request. A code without a rule changes the
 * cluster: whoever adds one without thinking of this has not opened a door.
 * Source: Apache 5.3 DefaultAuthorizationContextBuilder and the RocketMQAction of its headers; where
 * that asks for nothing, as for UPDATE_BROKER_CONFIG, this does.
 * @throws ProtocolError a body that names no resources
 */
export function neededPermissions(request: RemotingCommand, clusterName: string): Permission[] {
  return (rules.get(request.code) ?? cluster('Update'))(request, clusterName);
}

const rules: ReadonlyMap<number, Rule> = new Map<number, Rule>([
  [RequestCode.SEND_MESSAGE, topicIn('topic', 'Pub')],
  [RequestCode.SEND_MESSAGE_V2, topicIn('b', 'Pub')],
  [RequestCode.SEND_BATCH_MESSAGE, topicIn('b', 'Pub')],
  [RequestCode.RECALL_MESSAGE, topicIn('topic', 'Pub')],
  [RequestCode.END_TRANSACTION, ifThere('topic', topicIn('topic', 'Pub'))], // clients before 5.0 don't name it
  [RequestCode.CONSUMER_SEND_MSG_BACK, groupIn('group', 'Sub')],
  [RequestCode.SEND_REPLY_MESSAGE, replyIn('topic')],
  [RequestCode.SEND_REPLY_MESSAGE_V2, replyIn('b')],

  [RequestCode.PULL_MESSAGE, both(topicIn('topic', 'Sub'), groupIn('consumerGroup', 'Sub'))],
  [RequestCode.LITE_PULL_MESSAGE, both(topicIn('topic', 'Sub'), groupIn('consumerGroup', 'Sub'))],
  [RequestCode.POP_MESSAGE, both(topicIn('topic', 'Sub'), groupIn('consumerGroup', 'Sub'))],
  [RequestCode.PEEK_MESSAGE, both(topicIn('topic', 'Sub'), groupIn('consumerGroup', 'Sub'))],
  [RequestCode.ACK_MESSAGE, both(topicIn('topic', 'Sub'), groupIn('consumerGroup', 'Sub'))],
  [RequestCode.BATCH_ACK_MESSAGE, acknowledged],
  [RequestCode.CHANGE_MESSAGE_INVISIBLETIME, both(topicIn('topic', 'Sub'), groupIn('consumerGroup', 'Sub'))],
  [RequestCode.NOTIFICATION, both(topicIn('topic', 'Sub'), groupIn('consumerGroup', 'Sub'))],
  [RequestCode.POLLING_INFO, both(topicIn('topic', 'Get'), groupIn('consumerGroup', 'Get'))],
  [RequestCode.QUERY_ASSIGNMENT, assigned],
  [RequestCode.QUERY_MESSAGE, topicIn('topic', 'Sub', 'Get')],
  // The broker asks for the record's topic besides; clients before 5.0 name none.
  [RequestCode.VIEW_MESSAGE_BY_ID, ifThere('topic', topicIn('topic', 'Get'))],

  [RequestCode.HEART_BEAT, subscribed],
  [RequestCode.UNREGISTER_CLIENT, ifThere('consumerGroup', groupIn('consumerGroup', 'Sub'))],
  [RequestCode.CHECK_CLIENT_CONFIG, anybody], // compiles an expression, and keeps nothing
  [RequestCode.GET_CONSUMER_LIST_BY_GROUP, groupIn('consumerGroup', 'Sub', 'Get')],
  [RequestCode.QUERY_CONSUMER_OFFSET, both(topicIn('topic', 'Sub', 'Get'), groupIn('consumerGroup', 'Sub', 'Get'))],
  [
    RequestCode.UPDATE_CONSUMER_OFFSET,
    both(topicIn('topic', 'Sub', 'Update'), groupIn('consumerGroup', 'Sub', 'Update')),
  ],
  [RequestCode.LOCK_BATCH_MQ, locked],
  [RequestCode.UNLOCK_BATCH_MQ, locked],
  [RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, topicIn('topic', 'Get')],
  [RequestCode.GET_MAX_OFFSET, topicIn('topic', 'Get')],
  [RequestCode.GET_MIN_OFFSET, topicIn('topic', 'Get')],
  [RequestCode.GET_EARLIEST_MSG_STORETIME, topicIn('topic', 'Get')],
  [RequestCode.GET_ROUTEINFO_BY_TOPIC, topicIn('topic', 'Pub', 'Sub', 'Get')],

  [RequestCode.UPDATE_AND_CREATE_TOPIC, topicIn('topic', 'Create')],
  [RequestCode.DELETE_TOPIC_IN_BROKER, topicIn('topic', 'Delete')],
  [RequestCode.GET_TOPIC_CONFIG, topicIn('topic', 'Get')],
  [RequestCode.GET_TOPIC_STATS_INFO, topicIn('topic', 'Get')],
  [RequestCode.QUERY_TOPIC_CONSUME_BY_WHO, topicIn('topic', 'Get')],
  [
    RequestCode.QUERY_CONSUME_QUEUE,
    both(topicIn('topic', 'Get'), ifThere('consumerGroup', groupIn('consumerGroup', 'Get'))),
  ],
  [RequestCode.DELETE_SUBSCRIPTIONGROUP, groupIn('groupName', 'Delete')],
  [RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, groupIn('group', 'Get')],
  [RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN, both(topicIn('topic', 'Update'), groupIn('group', 'Update'))],
  [RequestCode.GET_CONSUME_STATS, both(groupIn('consumerGroup', 'Get'), ifThere('topic', topicIn('topic', 'Get')))],
  [RequestCode.GET_CONSUMER_CONNECTION_LIST, groupIn('consumerGroup', 'Get')],
  [RequestCode.GET_CONSUMER_RUNNING_INFO, groupIn('consumerGroup', 'Get')],
  [
    RequestCode.CONSUME_MESSAGE_DIRECTLY,
    both(groupIn('consumerGroup', 'Sub'), ifThere('topic', topicIn('topic', 'Sub'))),
  ],
  [RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS, both(topicIn('topic', 'Get'), groupIn('group', 'Get'))],
  [RequestCode.INVOKE_BROKER_TO_RESET_OFFSET, both(topicIn('topic', 'Update'), groupIn('group', 'Update'))],
  [RequestCode.QUERY_CONSUME_TIME_SPAN, both(topicIn('topic', 'Get'), groupIn('group', 'Get'))],
  [RequestCode.QUERY_CORRECTION_OFFSET, both(topicIn('topic', 'Get'), groupIn('compareGroup', 'Get'))],
  [RequestCode.QUERY_TOPICS_BY_CONSUMER, groupIn('group', 'Get')],
  [RequestCode.QUERY_SUBSCRIPTION_BY_CONSUMER, both(topicIn('topic', 'Get'), groupIn('group', 'Get'))],
  [
    RequestCode.CLONE_GROUP_OFFSET,
    both(
      groupIn('srcGroup', 'Get'),
      both(groupIn('destGroup', 'Update'), ifThere('topic', topicIn('topic', 'Update'))),
    ),
  ],

  ...[
    RequestCode.GET_ALL_TOPIC_CONFIG,
    RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
    RequestCode.GET_ALL_CONSUMER_OFFSET,
    RequestCode.GET_ALL_DELAY_OFFSET,
    RequestCode.GET_ALL_MESSAGE_REQUEST_MODE,
    RequestCode.GET_ALL_PRODUCER_INFO,
    RequestCode.GET_PRODUCER_CONNECTION_LIST,
    RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER,
    RequestCode.GET_BROKER_CONFIG,
    RequestCode.GET_BROKER_RUNTIME_INFO,
    RequestCode.GET_BROKER_CONSUME_STATS,
    RequestCode.GET_BROKER_HA_STATUS,
    RequestCode.GET_BROKER_EPOCH_CACHE,
    RequestCode.VIEW_BROKER_STATS_DATA,
    RequestCode.AUTH_GET_USER,
    RequestCode.AUTH_LIST_USER,
    RequestCode.AUTH_GET_ACL,
    RequestCode.AUTH_LIST_ACL,
    RequestCode.GET_BROKER_CLUSTER_INFO,
    RequestCode.GET_BROKER_MEMBER_GROUP,
    RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
    RequestCode.GET_TOPICS_BY_CLUSTER,
    RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_NS,
    RequestCode.GET_UNIT_TOPIC_LIST,
    RequestCode.GET_HAS_UNIT_SUB_TOPIC_LIST,
    RequestCode.GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST,
    RequestCode.GET_KV_CONFIG,
    RequestCode.GET_KVLIST_BY_NAMESPACE,
    RequestCode.GET_NAMESRV_CONFIG,
  ].map((code): [number, Rule] => [code, cluster('Get')]),
]);

function anybody(): Permission[] {
  return [];
}

function cluster(...anyOf: Action[]): Rule {
  return (_request, name) => [{ resource: resource('Cluster', name), anyOf }];
}

/** A field that is missing names a topic that only a rule for all topics allows. */
function topicIn(field: string, ...anyOf: Action[]): Rule {
  return ({ extFields }) => [topicPermission(extFields[field] ?? '', anyOf)];
}

function groupIn(field: string, ...anyOf: Action[]): Rule {
  return ({ extFields }) => [group(extFields[field] ?? '', anyOf)];
}

/** A reply goes to whoever asked, on a topic of the broker's own; only there it is stored without a permission. */
function replyIn(field: string): Rule {
  return (request, clusterName) =>
    request.extFields[field] === replyTopicOf(clusterName) ? [] : topicIn(field, 'Pub')(request, clusterName);
}

function ifThere(field: string, rule: Rule): Rule {
  return (request, name) => ((request.extFields[field] ?? '').trim() === '' ? [] : rule(request, name));
}

function both(first: Rule, second: Rule): Rule {
  return (request, name) => [...first(request, name), ...second(request, name)];
}

/** A retry topic is its group's own: whoever consumes as the group sends to it, too. */
export function topicPermission(name: string, anyOf: readonly Action[]): Permission {
  if (!isRetryTopic(name)) return { resource: resource('Topic', name), anyOf };
  return group(name, anyOf.includes('Pub') ? ['Sub', ...anyOf] : anyOf);
}

function group(name: string, anyOf: readonly Action[]): Permission {
  return { resource: groupResource(name), anyOf };
}

function subscribed({ body }: RemotingCommand): Permission[] {
  return decodeHeartbeatData(body).consumerDataSet.flatMap(({ groupName, subscriptionDataSet }) => [
    group(groupName, ['Sub']),
    ...subscriptionDataSet.map((subscription) => topicPermission(subscription.topic, ['Sub'])),
  ]);
}

function locked({ body }: RemotingCommand): Permission[] {
  const { consumerGroup, mqSet } = decodeLockBatchBody(body);
  return [group(consumerGroup, ['Sub']), ...mqSet.map((queue) => topicPermission(queue.topic, ['Sub']))];
}

function assigned({ body }: RemotingCommand): Permission[] {
  const question = objectOf(parseFastjson(body?.toString() ?? ''), 'the question');
  return [
    topicPermission(textOf(question.topic, 'topic'), ['Sub', 'Get']),
    group(textOf(question.consumerGroup, 'consumerGroup'), ['Sub', 'Get']),
  ];
}

function acknowledged({ body }: RemotingCommand): Permission[] {
  const { acks } = objectOf(parseFastjson(body?.toString() ?? ''), 'the acknowledgements');
  return arrayOf(acks, 'acks').flatMap((value) => {
    const ack = objectOf(value, 'ack');
    return [
      topicPermission(textOf(ack.t ?? ack.topic, 't'), ['Sub']),
      group(textOf(ack.c ?? ack.consumerGroup, 'c'), ['Sub']),
    ];
  });
}
