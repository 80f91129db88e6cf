import { ClosedError, ConnectError, RequestTimeoutError } from '../common/errors.js';
import { untilAborted } from '../common/on-abort.js';
import { parseFastjson } from '../common/fastjson.js';
import type { Random } from '../ports/random.js';
import type { BrokerData, TopicRouteData } from '../protocol/bodies/topic-route-data.js';
import { encodeHeader } from '../protocol/field-table.js';
import { request, type RemotingCommand } from '../protocol/remoting-command.js';
import { RequestCode } from '../protocol/request-code.js';
import { topicRequest } from '../protocol/requests/topic-admin.js';
import { ResponseCode } from '../protocol/response-code.js';
import { withSignal, type Asking } from '../remoting/remoting-client.js';
import type { NameServerAddresses } from './name-server-addresses.js';
import { expectSuccess, responseError } from './response.js';
import { decodeBrokerData, decodeTopicRoute } from './topic-route.js';

const TIMEOUT_MS = 3000;
/** Clients begin at different servers. */
const MAX_START = 1024;

/**
 * Questions to the name servers. They know the same, so one is asked until it fails, then the next.
 * Source: Apache 5.3 NettyRemotingClient#getAndCreateNameserverChannel.
 */
export class NameServerApi {
  private current: number;

  constructor(
    private readonly remoting: Asking,
    private readonly source: Pick<NameServerAddresses, 'all' | 'known'>,
    private readonly random: Random,
  ) {
    this.current = random.nextInt(MAX_START);
  }

  /** The same, whose calls end when `signal` fires. */
  withSignal(signal: AbortSignal): NameServerApi {
    const { source } = this;
    const known = {
      get all() {
        return source.all;
      },
      known: () => untilAborted(source.known(), signal),
    };
    return new NameServerApi(withSignal(this.remoting, signal), known, this.random);
  }

  /** `host:port` each; empty as long as an endpoint has not said. */
  get addresses(): readonly string[] {
    return this.source.all;
  }

  /** Undefined when the topic does not exist. */
  async topicRoute(topic: string, signal?: AbortSignal): Promise<TopicRouteData | undefined> {
    const extFields = encodeHeader(topicRequest, { topic, acceptStandardJsonOnly: true });
    const { response, address } = await this.ask(request(RequestCode.GET_ROUTEINFO_BY_TOPIC, { extFields }), signal);
    if (response.code === ResponseCode.TOPIC_NOT_EXIST) return undefined;
    return decodeTopicRoute(expectSuccess(response, address).body ?? Buffer.alloc(0));
  }

  /** Every broker of every cluster. */
  async brokers(signal?: AbortSignal): Promise<BrokerData[]> {
    const { response, address } = await this.ask(request(RequestCode.GET_BROKER_CLUSTER_INFO), signal);
    const info = parseFastjson(expectSuccess(response, address).body?.toString('utf8') ?? '{}');
    if (typeof info !== 'object' || info === null || Array.isArray(info)) return [];
    return Object.values(info.brokerAddrTable ?? {}).map(decodeBrokerData);
  }

  async topics(signal?: AbortSignal): Promise<string[]> {
    const { response, address } = await this.ask(request(RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER), signal);
    const list = parseFastjson(expectSuccess(response, address).body?.toString('utf8') ?? '{}');
    if (typeof list !== 'object' || list === null || Array.isArray(list) || !Array.isArray(list.topicList)) return [];
    return list.topicList.filter((topic) => typeof topic === 'string');
  }

  /**
   * Asked of every name server: each keeps its own table. The answers are in the order of the addresses.
   * @throws the first failure, after all were asked
   */
  async invokeAll(command: RemotingCommand): Promise<{ response: RemotingCommand; address: string }[]> {
    const addresses = await this.source.known();
    const outcomes = await Promise.allSettled(
      addresses.map(async (address) => {
        const response = await this.remoting.invoke(address, command, TIMEOUT_MS);
        return { response: expectSuccess(response, address), address };
      }),
    );
    return outcomes.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
  }

  /** Asked of one name server, whichever answers. The response may have any code. */
  async ask(command: RemotingCommand, signal?: AbortSignal): Promise<{ response: RemotingCommand; address: string }> {
    let failure: unknown;
    const addresses = await this.source.known();
    for (let attempt = 0; attempt < addresses.length; attempt++) {
      const index = this.current;
      const address = addresses[index % addresses.length];
      try {
        const response = await this.remoting.invoke(address, command, TIMEOUT_MS, signal);
        if (response.code !== ResponseCode.SYSTEM_ERROR && response.code !== ResponseCode.GO_AWAY) {
          return { response, address };
        }
        failure = responseError(response, address);
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        failure = error;
      }
      // Of several calls that failed at one server, the first moves on.
      if (this.current === index) this.current = index + 1;
    }
    throw failure;
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ConnectError || error instanceof RequestTimeoutError || error instanceof ClosedError;
}
