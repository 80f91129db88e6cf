import type { FastjsonObject, FastjsonValue } from '../../common/fastjson.js';
import { arrayOf, integerOf, objectOf, textOf } from '../../common/json-fields.js';

/** A client as its broker sees it. Source: Apache 5.3 Connection. */
export interface ClientConnection {
  readonly clientId: string;
  /** `host:port`. */
  readonly clientAddr: string;
  /** As LanguageCode names it: `JAVA`. */
  readonly language: string;
  /** Ordinal in MQVersion. */
  readonly version: number;
}

/** What a group subscribes to of a topic. */
export interface GroupSubscription {
  readonly topic: string;
  readonly subString: string;
  readonly expressionType: string;
  readonly subVersion: number;
}

/** Answer of GET_CONSUMER_CONNECTION_LIST (203). Source: Apache 5.3 ConsumerConnection. */
export interface ConsumerConnections {
  readonly connections: readonly ClientConnection[];
  readonly subscriptions: readonly GroupSubscription[];
  readonly consumeType: string;
  readonly messageModel: string;
  readonly consumeFromWhere: string;
}

/** A producer with the time of its last heartbeat. Source: Apache 5.3 ProducerInfo. */
export interface ConnectedProducer {
  readonly group: string;
  readonly clientId: string;
  readonly remoteIP: string;
  readonly language: string;
  readonly version: number;
  readonly lastUpdateTimestamp: number;
}

/** Reads the body of GET_CONSUMER_CONNECTION_LIST. */
export function readConsumerConnections(body: FastjsonObject): ConsumerConnections {
  return {
    connections: readConnections(body),
    subscriptions: Object.values(objectOf(body.subscriptionTable ?? {}, 'subscriptionTable')).map(readSubscription),
    consumeType: textOf(body.consumeType, 'consumeType'),
    messageModel: textOf(body.messageModel, 'messageModel'),
    consumeFromWhere: textOf(body.consumeFromWhere, 'consumeFromWhere'),
  };
}

/** Reads the connections of a body. */
export function readConnections(body: FastjsonObject): ClientConnection[] {
  return arrayOf(body.connectionSet, 'connectionSet').map((value) => {
    const connection = objectOf(value, 'connection');
    return {
      clientId: textOf(connection.clientId, 'clientId'),
      clientAddr: textOf(connection.clientAddr, 'clientAddr'),
      language: textOf(connection.language, 'language', 'UNKNOWN'),
      version: integerOf(connection.version, 'version', 0),
    };
  });
}

/** Answer of GET_ALL_PRODUCER_INFO (328). */
export function readProducers(body: FastjsonObject): ConnectedProducer[] {
  return Object.entries(objectOf(body.data ?? {}, 'data')).flatMap(([group, list]) =>
    arrayOf(list, group).map((value) => {
      const producer = objectOf(value, 'producer');
      return {
        group,
        clientId: textOf(producer.clientId, 'clientId'),
        remoteIP: textOf(producer.remoteIP, 'remoteIP').replace(/^\//, ''),
        language: textOf(producer.language, 'language', 'UNKNOWN'),
        version: integerOf(producer.version, 'version', 0),
        lastUpdateTimestamp: integerOf(producer.lastUpdateTimestamp, 'lastUpdateTimestamp', 0),
      };
    }),
  );
}

/** Reads one subscription of a body. */
export function readSubscription(value: FastjsonValue): GroupSubscription {
  const subscription = objectOf(value, 'subscriptionData');
  return {
    topic: textOf(subscription.topic, 'topic'),
    subString: textOf(subscription.subString, 'subString', '*'),
    expressionType: textOf(subscription.expressionType, 'expressionType', 'TAG'),
    subVersion: integerOf(subscription.subVersion, 'subVersion', 0),
  };
}
