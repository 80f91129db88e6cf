import { BrokerResponseError } from '../../common/errors.js';
import { compareText } from '../../message/message-queue.js';
import { retryTopic } from '../../message/topic-names.js';
import {
  readConnections,
  readConsumerConnections,
  readProducers,
  type ClientConnection,
  type ConnectedProducer,
  type ConsumerConnections,
} from '../../protocol/bodies/client-connections.js';
import { readConsumerStatus, type ConsumerStatus } from '../../protocol/bodies/consumer-running-info.js';
import { encodeHeader } from '../../protocol/field-table.js';
import { RequestCode } from '../../protocol/request-code.js';
import { producerGroupRequest } from '../../protocol/requests/broker-admin.js';
import { consumerGroupRequest } from '../../protocol/requests/client-membership.js';
import { consumerRunningInfoRequest } from '../../protocol/requests/consumer-running-info.js';
import type { AdminRequests } from './admin-requests.js';

const STATUS_TIMEOUT_MS = 15_000;

/** Who is connected. Source: Apache 5.3 DefaultMQAdminExt. */
export class ClientAdmin {
  constructor(private readonly requests: AdminRequests) {}

  /**
   * The consumers of a group, on all brokers or on one, and what they subscribe to; undefined when none is online.
   * @throws TopicNotFoundError no broker knows the group
   */
  async consumers(group: string, address?: string): Promise<ConsumerConnections | undefined> {
    const addresses = address === undefined ? await this.addressesOf(retryTopic(group)) : [address];
    const answers = await Promise.all(addresses.map((each) => this.consumersAt(group, each)));
    const online = answers.filter((answer) => answer !== undefined);
    if (online.length === 0) return undefined;
    return { ...online[0], connections: uniqueClients(online.flatMap(({ connections }) => connections)) };
  }

  /** Client ids of a group's consumers, as the brokers of a topic know them; sorted. @throws TopicNotFoundError */
  async consumerIds(group: string, topic: string): Promise<string[]> {
    const { brokers } = this.requests;
    const lists = await Promise.all(
      (await this.addressesOf(topic)).map((address) => brokers.consumerIds(address, group).catch(noneIfRefused)),
    );
    return [...new Set(lists.flat())].sort();
  }

  /** The producers of a group, as the brokers of a topic know them. @throws TopicNotFoundError */
  async producers(group: string, topic: string): Promise<ClientConnection[]> {
    const extFields = encodeHeader(producerGroupRequest, { producerGroup: group });
    const code = RequestCode.GET_PRODUCER_CONNECTION_LIST;
    const lists = await Promise.all(
      (await this.addressesOf(topic)).map((address) =>
        this.requests.askJson(address, code, { extFields }).then(readConnections).catch(noneIfRefused),
      ),
    );
    return uniqueClients(lists.flat());
  }

  /** Every producer of one broker, by group and client id. */
  async producersOf(address: string): Promise<ConnectedProducer[]> {
    const found = readProducers(await this.requests.askJson(address, RequestCode.GET_ALL_PRODUCER_INFO));
    return found.sort((a, b) => compareText(a.group, b.group) || compareText(a.clientId, b.clientId));
  }

  /**
   * What a consumer tells of itself, by way of a broker.
   * @param options.jstack also its threads, of a Java consumer. Default false.
   * @throws BrokerResponseError when it is not online
   */
  async consumerStatus(
    group: string,
    clientId: string,
    { jstack = false, address }: { jstack?: boolean; address?: string } = {},
  ): Promise<ConsumerStatus> {
    const header = { consumerGroup: group, clientId, jstackEnable: jstack };
    const extFields = encodeHeader(consumerRunningInfoRequest, header);
    const code = RequestCode.GET_CONSUMER_RUNNING_INFO;
    const addresses = address === undefined ? await this.addressesOf(retryTopic(group)) : [address];
    let failure: unknown;
    for (const each of addresses) {
      try {
        return readConsumerStatus(await this.requests.askJson(each, code, { extFields }, STATUS_TIMEOUT_MS));
      } catch (error) {
        failure = error; // it may be connected to the next one only
      }
    }
    throw failure;
  }

  /** As one broker has them: a client id that is there twice is told twice. Undefined when none is online. */
  async consumersAt(group: string, address: string): Promise<ConsumerConnections | undefined> {
    const extFields = encodeHeader(consumerGroupRequest, { consumerGroup: group });
    try {
      const code = RequestCode.GET_CONSUMER_CONNECTION_LIST;
      return readConsumerConnections(await this.requests.askJson(address, code, { extFields }));
    } catch (error) {
      if (error instanceof BrokerResponseError) return undefined;
      throw error;
    }
  }

  private async addressesOf(topic: string): Promise<string[]> {
    return (await this.requests.brokersOfTopic(topic)).map(({ address }) => address);
  }
}

/** A broker refuses when nobody of the group is there. */
function noneIfRefused(error: unknown): never[] {
  if (error instanceof BrokerResponseError) return [];
  throw error;
}

function uniqueClients(connections: readonly ClientConnection[]): ClientConnection[] {
  return [...new Map(connections.map((connection) => [connection.clientId, connection])).values()];
}
