import { RocketMqError } from '../common/errors.js';
import { compareMessageQueues, type MessageQueue } from '../message/message-queue.js';
import { queueKey } from '../protocol/bodies/queue-offsets.js';
import { Permission } from '../protocol/bodies/topic-route-data.js';
import { decodeQueueDatas } from '../protocol/bodies/topic-route-json.js';
import { encodeHeader } from '../protocol/field-table.js';
import { request } from '../protocol/remoting-command.js';
import { topicRequest } from '../protocol/requests/topic-admin.js';
import { RequestCode } from '../protocol/request-code.js';
import { ResponseCode } from '../protocol/response-code.js';
import type { Clock } from '../ports/clock.js';
import type { NameServerConnections } from './name-server-connections.js';
import type { TopicTable } from './tables/topic-table.js';

const FRESH_MS = 5000;
const ASK_TIMEOUT_MS = 3000;
const MAX_REMEMBERED = 10_000;

interface Known {
  readonly queues: readonly MessageQueue[];
  readonly at: number;
}

/** All readable queues of a topic, those of other brokers as well. Source: Apache 5.3 TopicRouteInfoManager. */
export class TopicRoutes {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly brokerName: string,
    private readonly topics: TopicTable,
    private readonly connections: NameServerConnections,
    private readonly clock: Clock,
  ) {}

  /** In Java's order; undefined: nobody knows the topic. */
  async queuesOf(topic: string): Promise<readonly MessageQueue[] | undefined> {
    const now = this.clock.now();
    const known = this.known.get(topic);
    if (known !== undefined && now - known.at < FRESH_MS) return known.queues;
    const queues = (await this.ask(topic)) ?? this.ownQueues(topic);
    if (queues === undefined) return undefined;
    if (this.known.size >= MAX_REMEMBERED) this.known.clear();
    this.known.set(topic, { queues, at: now });
    return queues;
  }

  private async ask(topic: string): Promise<MessageQueue[] | undefined> {
    const extFields = encodeHeader(topicRequest, { topic, acceptStandardJsonOnly: true });
    for (const server of this.connections.servers) {
      try {
        const channel = await this.connections.channelTo(server);
        const answer = await channel.invoke(request(RequestCode.GET_ROUTEINFO_BY_TOPIC, { extFields }), ASK_TIMEOUT_MS);
        if (answer.code !== ResponseCode.SUCCESS) continue;
        const readable = decodeQueueDatas(answer.body).filter(({ perm }) => (perm & Permission.read) !== 0);
        return readable
          .flatMap(({ brokerName, readQueueNums }) => queues(topic, brokerName, readQueueNums))
          .sort(compareMessageQueues);
      } catch (error) {
        if (!(error instanceof RocketMqError)) throw error; // this one cannot be reached: the next may
      }
    }
    return undefined;
  }

  private ownQueues(topic: string): MessageQueue[] | undefined {
    const config = this.topics.get(topic);
    return config === undefined ? undefined : queues(topic, this.brokerName, config.readQueueNums);
  }
}

function queues(topic: string, brokerName: string, count: number): MessageQueue[] {
  return Array.from({ length: count }, (_, queueId) => queueKey({ topic, brokerName, queueId }));
}
