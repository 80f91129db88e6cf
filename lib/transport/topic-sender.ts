import type { Topic } from '../decorators/topic.js';
import type { SendResult } from '../engine/index.js';
import type { RocketTemplate, TemplateSendOptions } from './mq.template.js';
import type { RocketRecord } from './outgoing-message.js';

/** A RocketTemplate for one topic, typed by its payload. Injected by `@InjectTopic(topic)`, see MqModule.forFeature(). */
export class TopicSender<Payload = unknown> {
  constructor(
    private readonly template: RocketTemplate,
    readonly topic: Topic<Payload>,
  ) {}

  send(payload: Payload | RocketRecord<Payload>, options?: TemplateSendOptions): Promise<SendResult> {
    return this.template.send(this.topic, payload, options);
  }

  sendOneWay(payload: Payload | RocketRecord<Payload>, options?: TemplateSendOptions): Promise<void> {
    return this.template.sendOneWay(this.topic, payload, options);
  }

  sendOrderly(
    payload: Payload | RocketRecord<Payload>,
    key: string,
    options?: TemplateSendOptions,
  ): Promise<SendResult> {
    return this.template.sendOrderly(this.topic, payload, key, options);
  }

  /** @param delay milliseconds until delivery, or the time of it */
  sendDelayed(
    payload: Payload | RocketRecord<Payload>,
    delay: number | Date,
    options?: TemplateSendOptions,
  ): Promise<SendResult> {
    return this.template.sendDelayed(this.topic, payload, delay, options);
  }

  sendBatch(
    payloads: readonly (Payload | RocketRecord<Payload>)[],
    options?: TemplateSendOptions,
  ): Promise<SendResult> {
    return this.template.sendBatch(this.topic, payloads, options);
  }

  /** See RocketTemplate.request(). */

  request<Reply = unknown>(payload: Payload | RocketRecord<Payload>, options?: TemplateSendOptions): Promise<Reply> {
    return this.template.request<Reply, Payload>(this.topic, payload, options);
  }
}
