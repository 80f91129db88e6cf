import { textsOf } from '../../common/json-fields.js';
import { decodePropertiesText, encodePropertiesText } from '../../protocol/bodies/properties-text.js';
import { decodeHeader, encodeHeader } from '../../protocol/field-table.js';
import { request } from '../../protocol/remoting-command.js';
import { RequestCode } from '../../protocol/request-code.js';
import {
  kvConfigRequest,
  kvConfigResponse,
  kvListRequest,
  putKvConfigRequest,
} from '../../protocol/requests/kv-config.js';
import {
  addWritePermissionResponse,
  wipeWritePermissionResponse,
  writePermissionRequest,
} from '../../protocol/requests/name-server-admin.js';
import { jsonBody, type AdminRequests } from './admin-requests.js';

/** How many topics of a broker a name server has changed. */
export interface WritePermissionChange {
  readonly nameServer: string;
  readonly topicCount: number;
}

/** Namespace of the queues that ordered topics keep to. Source: Apache 5.3 NamesrvUtil. */
const ORDER_TOPIC_CONFIG = 'ORDER_TOPIC_CONFIG';

/** Looks after name servers; each keeps its own tables, so changes go to all. Source: Apache 5.3 DefaultMQAdminExt. */
export class NameServerAdmin {
  constructor(private readonly requests: AdminRequests) {}

  get addresses(): readonly string[] {
    return this.requests.nameServers.addresses;
  }

  /** The settings of each, by its address. */
  async configs(): Promise<Record<string, Record<string, string>>> {
    const answers = await this.requests.nameServers.invokeAll(request(RequestCode.GET_NAMESRV_CONFIG));
    return Object.fromEntries(answers.map(({ address, response }) => [address, decodePropertiesText(response.body)]));
  }

  async updateConfig(settings: Readonly<Record<string, string>>): Promise<void> {
    const body = encodePropertiesText(settings);
    await this.requests.nameServers.invokeAll(request(RequestCode.UPDATE_NAMESRV_CONFIG, { body }));
  }

  async putKvConfig(namespace: string, key: string, value: string): Promise<void> {
    const extFields = encodeHeader(putKvConfigRequest, { namespace, key, value });
    await this.requests.nameServers.invokeAll(request(RequestCode.PUT_KV_CONFIG, { extFields }));
  }

  /** @throws BrokerResponseError when there is no such key */
  async kvConfig(namespace: string, key: string): Promise<string | undefined> {
    const extFields = encodeHeader(kvConfigRequest, { namespace, key });
    const response = await this.requests.askNameServer(RequestCode.GET_KV_CONFIG, { extFields });
    return decodeHeader(kvConfigResponse, response.extFields).value;
  }

  async deleteKvConfig(namespace: string, key: string): Promise<void> {
    const extFields = encodeHeader(kvConfigRequest, { namespace, key });
    await this.requests.nameServers.invokeAll(request(RequestCode.DELETE_KV_CONFIG, { extFields }));
  }

  /** @throws BrokerResponseError when there is no such namespace */
  async kvConfigs(namespace: string): Promise<Record<string, string>> {
    const extFields = encodeHeader(kvListRequest, { namespace });
    const response = await this.requests.askNameServer(RequestCode.GET_KVLIST_BY_NAMESPACE, { extFields });
    return textsOf(jsonBody(response).table, 'table');
  }

  /** The queues that messages of an ordered topic keep to, whatever is alive: `broker-a:4;broker-b:4`. */
  putOrderConf(topic: string, orderConf: string): Promise<void> {
    return this.putKvConfig(ORDER_TOPIC_CONFIG, topic, orderConf);
  }

  /** @throws BrokerResponseError when the topic has none */
  orderConf(topic: string): Promise<string | undefined> {
    return this.kvConfig(ORDER_TOPIC_CONFIG, topic);
  }

  deleteOrderConf(topic: string): Promise<void> {
    return this.deleteKvConfig(ORDER_TOPIC_CONFIG, topic);
  }

  /** Takes a broker out of sending, before it goes; what it holds can still be consumed. */
  async wipeWritePermission(brokerName: string): Promise<WritePermissionChange[]> {
    const extFields = encodeHeader(writePermissionRequest, { brokerName });
    const command = request(RequestCode.WIPE_WRITE_PERM_OF_BROKER, { extFields });
    const answers = await this.requests.nameServers.invokeAll(command);
    return answers.map(({ address, response }) => ({
      nameServer: address,
      topicCount: decodeHeader(wipeWritePermissionResponse, response.extFields).wipeTopicCount,
    }));
  }

  async addWritePermission(brokerName: string): Promise<WritePermissionChange[]> {
    const extFields = encodeHeader(writePermissionRequest, { brokerName });
    const command = request(RequestCode.ADD_WRITE_PERM_OF_BROKER, { extFields });
    const answers = await this.requests.nameServers.invokeAll(command);
    return answers.map(({ address, response }) => ({
      nameServer: address,
      topicCount: decodeHeader(addWritePermissionResponse, response.extFields).addTopicCount,
    }));
  }
}
