import { SystemTopic } from '../../message/topic-names.js';
import { decodeTraces, type TraceEvent } from '../trace/trace-decoder.js';
import type { KeyQuery, MessageAdmin } from './message-admin.js';

/** Where and when traces are looked for. */
export interface TraceQuery extends KeyQuery {
  /** Default RMQ_SYS_TRACE_TOPIC. */
  traceTopic?: string;
}

/** What a client has written down of a message, and where the client is. */
export interface MessageTrace extends TraceEvent {
  /** `host:port`. */
  readonly clientHost: string;
}

/** Reads what clients with message trace have written down. */
export class TraceAdmin {
  constructor(private readonly messages: MessageAdmin) {}

  /** @param id the unique id. In the order of time. @throws TopicNotFoundError nothing was ever traced */
  async ofMessage(id: string, { traceTopic = SystemTopic.trace, ...query }: TraceQuery = {}): Promise<MessageTrace[]> {
    const found = await this.messages.byKey(traceTopic, id, query);
    return found
      .flatMap(({ body, bornHost }) =>
        decodeTraces(body.toString('utf8'))
          .filter(({ messageId }) => messageId.split(',').includes(id)) // of a batch: all, joined by commas
          .map((event) => ({ ...event, clientHost: bornHost })),
      )
      .sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
  }
}
