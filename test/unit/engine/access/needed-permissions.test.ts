import { neededPermissions } from '../../../../lib/engine/access/needed-permissions.js';
import { resourceKey } from '../../../../lib/engine/access/resource.js';
import { request } from '../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../lib/engine/protocol/request-code.js';

const needed = (code: number, extFields: Record<string, string> = {}, body?: object): string[] => {
  const command = request(code, { extFields, body: body && Buffer.from(JSON.stringify(body)) });
  return neededPermissions(command, 'C').map(({ resource, anyOf }) => `${resourceKey(resource)} ${anyOf.join('|')}`);
};

test.each([
  [RequestCode.SEND_MESSAGE, { topic: 't' }, ['Topic:t Pub']],
  [RequestCode.SEND_BATCH_MESSAGE, { b: 't' }, ['Topic:t Pub']],
  [RequestCode.SEND_MESSAGE_V2, { b: '%RETRY%g' }, ['Group:g Sub|Pub']],
  [RequestCode.END_TRANSACTION, { topic: 't' }, ['Topic:t Pub']],
  [RequestCode.END_TRANSACTION, {}, []],
  [RequestCode.PULL_MESSAGE, { topic: 't', consumerGroup: 'g' }, ['Topic:t Sub', 'Group:g Sub']],
  [RequestCode.PULL_MESSAGE, { topic: '%RETRY%other', consumerGroup: 'g' }, ['Group:other Sub', 'Group:g Sub']],
  [RequestCode.GET_ROUTEINFO_BY_TOPIC, { topic: 't' }, ['Topic:t Pub|Sub|Get']],
  [RequestCode.VIEW_MESSAGE_BY_ID, { offset: '1', topic: 't' }, ['Topic:t Get']],
  [RequestCode.VIEW_MESSAGE_BY_ID, { offset: '1' }, []],
  [RequestCode.SEND_REPLY_MESSAGE, { topic: 'C_REPLY_TOPIC' }, []],
  [RequestCode.SEND_REPLY_MESSAGE_V2, { b: 'C_REPLY_TOPIC' }, []],
  [RequestCode.SEND_REPLY_MESSAGE_V2, { b: 't', topic: 'C_REPLY_TOPIC' }, ['Topic:t Pub']],
  [
    RequestCode.UPDATE_CONSUMER_OFFSET,
    { topic: 't', consumerGroup: 'g' },
    ['Topic:t Sub|Update', 'Group:g Sub|Update'],
  ],
  [RequestCode.DELETE_TOPIC_IN_BROKER, { topic: 't' }, ['Topic:t Delete']],
  [RequestCode.UNREGISTER_CLIENT, { producerGroup: 'p' }, []],
  [RequestCode.REGISTER_BROKER, { clusterName: 'mine' }, ['Cluster:C Update']],
  [RequestCode.AUTH_CREATE_USER, { username: 'u' }, ['Cluster:C Update']],
  [RequestCode.AUTH_LIST_USER, {}, ['Cluster:C Get']],
])('code %i with %j', (code, extFields, permissions) => {
  expect(needed(code, extFields as Record<string, string>)).toEqual(permissions);
});

test('a heartbeat needs what it subscribes to', () => {
  const subscriptionDataSet = [{ topic: 't' }, { topic: '%RETRY%g' }];
  const body = {
    clientID: 'c',
    producerDataSet: [{ groupName: 'p' }],
    consumerDataSet: [{ groupName: 'g', subscriptionDataSet }],
  };
  expect(needed(RequestCode.HEART_BEAT, {}, body)).toEqual(['Group:g Sub', 'Topic:t Sub', 'Group:g Sub']);
});

test('locks, acknowledgements and questions for assignments name theirs in the body', () => {
  const mqSet = [{ topic: 't', brokerName: 'b', queueId: 0 }];
  expect(needed(RequestCode.LOCK_BATCH_MQ, {}, { consumerGroup: 'g', clientId: 'c', mqSet })).toEqual([
    'Group:g Sub',
    'Topic:t Sub',
  ]);
  expect(needed(RequestCode.BATCH_ACK_MESSAGE, {}, { acks: [{ t: 't', c: 'g' }] })).toEqual([
    'Topic:t Sub',
    'Group:g Sub',
  ]);
  expect(needed(RequestCode.QUERY_ASSIGNMENT, {}, { topic: 't', consumerGroup: 'g' })).toEqual([
    'Topic:t Sub|Get',
    'Group:g Sub|Get',
  ]);
});

test('whatever changes something and has no rule of its own is for those who may change the cluster', () => {
  const open = Object.values(RequestCode).filter((code) => {
    const body = { clientID: 'c', consumerGroup: 'g', clientId: 'c', topic: 't' };
    return needed(code, {}, body).length === 0;
  });
  expect(open.sort((a, b) => a - b)).toEqual([
    RequestCode.VIEW_MESSAGE_BY_ID, // of a client before 5.0; the record's topic counts
    RequestCode.HEART_BEAT, // of a producer
    RequestCode.UNREGISTER_CLIENT, // of a producer
    RequestCode.END_TRANSACTION, // of a client before 5.0; the half message's topic counts
    RequestCode.CHECK_CLIENT_CONFIG,
    RequestCode.BATCH_ACK_MESSAGE, // of nothing
  ]);
});
