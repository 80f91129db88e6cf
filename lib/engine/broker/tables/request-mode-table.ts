import type { FastjsonInput, FastjsonValue } from '../../common/fastjson.js';
import { integerOf, objectOf, textOf } from '../../common/json-fields.js';
import { getOrCreate } from '../../common/get-or-create.js';

/** How a group gets a topic's messages. Source: Apache 5.3 SetMessageRequestModeRequestBody. */
export interface RequestMode {
  consumerGroup: string;
  mode: 'PULL' | 'POP';
  /** Consumers that share a queue beside the one it is assigned to; 0 or below: all. */
  popShareQueueNum: number;
  topic: string;
}

/** Which groups pop instead of pulling. Source: Apache 5.3 MessageRequestModeManager. */
export class RequestModeTable {
  private readonly topics = new Map<string, Map<string, RequestMode>>();

  get(topic: string, group: string): RequestMode | undefined {
    return this.topics.get(topic)?.get(group);
  }

  set(mode: RequestMode): void {
    getOrCreate(this.topics, mode.topic, () => new Map<string, RequestMode>()).set(mode.consumerGroup, mode);
  }

  /** Content of messageRequestMode.json. */
  encode(): FastjsonInput {
    return { messageRequestModeMap: this.topics };
  }

  /** @throws ProtocolError */
  decode(content: FastjsonValue): void {
    const { messageRequestModeMap } = objectOf(content, 'messageRequestMode.json');
    for (const groups of Object.values(objectOf(messageRequestModeMap ?? {}, 'messageRequestModeMap'))) {
      for (const mode of Object.values(objectOf(groups, 'groups'))) this.set(readRequestMode(mode));
    }
  }
}

/** @throws ProtocolError */
export function readRequestMode(value: FastjsonValue): RequestMode {
  const mode = objectOf(value, 'request mode');
  return {
    consumerGroup: textOf(mode.consumerGroup, 'consumerGroup'),
    mode: textOf(mode.mode, 'mode', 'PULL') === 'POP' ? 'POP' : 'PULL',
    popShareQueueNum: integerOf(mode.popShareQueueNum, 'popShareQueueNum', 0),
    topic: textOf(mode.topic, 'topic'),
  };
}
