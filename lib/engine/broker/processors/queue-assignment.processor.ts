import { parseFastjson } from '../../common/fastjson.js';
import { objectOf, textOf } from '../../common/json-fields.js';
import { compareText, type MessageQueue } from '../../message/message-queue.js';
import { isRetryTopic } from '../../message/topic-names.js';
import { refuse, succeed, succeedWith } from '../../protocol/answers.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import { ResponseCode } from '../../protocol/response-code.js';
import { assignToPop, assignToPull } from '../queue-assignment.js';
import { readRequestMode, type RequestMode } from '../tables/request-mode-table.js';
import type { Tables } from '../tables/tables.js';
import type { TopicRoutes } from '../topic-routes.js';

export interface QueueAssignmentParts extends Pick<Tables, 'topics' | 'groups' | 'consumers' | 'requestModes'> {
  routes: TopicRoutes;
  saveRequestModes: () => Promise<void>;
}

interface Question {
  topic: string;
  group: string;
  clientId: string;
  strategyName: string;
  isBroadcasting: boolean;
}

/**
 * QUERY_ASSIGNMENT (400), SET_MESSAGE_REQUEST_MODE (401), GET_ALL_MESSAGE_REQUEST_MODE (402).
 * Source: Apache 5.3 QueryAssignmentProcessor.
 */
export class QueueAssignmentProcessor {
  constructor(private readonly parts: QueueAssignmentParts) {}

  /** An answer without assignments means: leave everything as it is. */
  async query(request: RemotingCommand): Promise<RemotingCommand> {
    const body = objectOf(parseFastjson(request.body?.toString() ?? ''), 'the question');
    const question: Question = {
      topic: textOf(body.topic, 'topic'),
      group: textOf(body.consumerGroup, 'consumerGroup'),
      clientId: textOf(body.clientId, 'clientId'),
      strategyName: textOf(body.strategyName, 'strategyName', 'AVG'),
      isBroadcasting: body.messageModel === 'BROADCASTING',
    };
    const mode = this.parts.requestModes.get(question.topic, question.group);
    const queues = await this.assign(question, mode);
    if (queues === undefined) return succeedWith({});
    const messageQueueAssignments = queues.map((messageQueue) => ({ messageQueue, mode: mode?.mode ?? 'PULL' }));
    return succeedWith({ messageQueueAssignments });
  }

  async setMode(request: RemotingCommand): Promise<RemotingCommand> {
    const mode = readRequestMode(parseFastjson(request.body?.toString() ?? ''));
    if (isRetryTopic(mode.topic)) {
      return refuse(ResponseCode.NO_PERMISSION, 'retry topic is not allowed to set mode');
    }
    if (!this.parts.topics.has(mode.topic)) {
      return refuse(ResponseCode.TOPIC_NOT_EXIST, `topic[${mode.topic}] not exist`);
    }
    if (this.parts.groups.find(mode.consumerGroup) === undefined) {
      return refuse(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, 'subscription group does not exist');
    }
    this.parts.requestModes.set(mode);
    await this.parts.saveRequestModes();
    return succeed();
  }

  allModes(): RemotingCommand {
    return succeedWith(this.parts.requestModes.encode());
  }

  private async assign(
    question: Question,
    mode: RequestMode | undefined,
  ): Promise<readonly MessageQueue[] | undefined> {
    const { topic, group, clientId, strategyName, isBroadcasting } = question;
    const queues = await this.parts.routes.queuesOf(topic);
    if (queues === undefined || isBroadcasting) return queues;
    const clients = this.parts.consumers.get(group)?.clients;
    if (clients === undefined) return undefined;
    const clientIds = Array.from(clients.values(), (client) => client.clientId).sort(compareText);
    return mode?.mode === 'POP'
      ? assignToPop(clientId, clientIds, queues, strategyName, mode.popShareQueueNum)
      : assignToPull(clientId, clientIds, queues, strategyName);
  }
}
