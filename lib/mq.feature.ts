import type { DynamicModule, OnModuleInit, Provider } from '@nestjs/common';
import { topicSenderToken } from './decorators/metadata.js';
import { Topic } from './decorators/topic.js';
import type { Logger } from './engine/index.js';
import { rocketTemplateToken } from './tokens.js';
import type { EngineHost } from './transport/engine-host.js';
import type { RocketTemplate } from './transport/mq.template.js';
import { TopicSender } from './transport/topic-sender.js';

/** A topic that a module of the application uses. */
export interface TopicFeature {
  topic: Topic | string;
  /** Queues per broker when the topic is made: how many listeners of a group can share it. Default 8. */
  queues?: number;
}

/** A topic for MqModule.forFeature(). */
export type Feature = Topic | string | TopicFeature;

/** Makes the topics that are missing, before the listeners start. Those that exist stay as they are. */
export class TopicsLifecycle implements OnModuleInit {
  constructor(
    private readonly features: readonly TopicFeature[],
    private readonly host: EngineHost,
    private readonly logger: Logger,
  ) {}

  /** A cluster that is away, or makes no topics for us, is no reason not to start. */
  async onModuleInit(): Promise<void> {
    const { admin } = await this.host.ready();
    const names = this.features.map(({ topic }) => topicOf(topic).name);
    try {
      const existing = new Set(await admin.topics.names());
      for (const { topic, queues = 8 } of this.features) {
        const { name } = topicOf(topic);
        if (existing.has(name)) continue;
        await admin.topics.create(name, { readQueueNums: queues, writeQueueNums: queues });
        existing.add(name);
      }
    } catch (error) {
      this.logger.warn('topics could not be made; their first message may do so', { topics: names, error });
    }
  }
}

/** @param tokens of the connection's parts */
export function featureProviders(
  given: readonly Feature[],
  connection: string,
  tokens: { host: string; logger: string },
): Provider[] {
  const features = given.map((one) => (typeof one === 'object' && 'topic' in one ? one : { topic: one }));
  const senders = features.map(({ topic }): Provider => ({
    provide: topicSenderToken(topicOf(topic), connection),
    useFactory: (template: RocketTemplate) => new TopicSender(template, topicOf(topic)),
    inject: [rocketTemplateToken(connection)],
  }));
  const lifecycle: Provider = {
    provide: TopicsLifecycle,
    useFactory: (host: EngineHost, logger: Logger) => new TopicsLifecycle(features, host, logger),
    inject: [tokens.host, tokens.logger],
  };
  return [...senders, lifecycle];
}

export function featureExports(providers: readonly Provider[]): DynamicModule['exports'] {
  return providers.flatMap((provider) =>
    typeof provider === 'object' && typeof provider.provide === 'string' ? [provider.provide] : [],
  );
}

function topicOf(topic: Topic | string): Topic {
  return typeof topic === 'string' ? new Topic(topic) : topic;
}
