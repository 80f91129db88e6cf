import type { ClientInstance } from '../client-instance.js';
import { AccessAdmin } from './access-admin.js';
import { AdminRequests } from './admin-requests.js';
import { BrokerAdmin } from './broker-admin.js';
import { ClientAdmin } from './client-admin.js';
import { DeadLetterAdmin } from './dead-letter-admin.js';
import { GroupAdmin } from './group-admin.js';
import { LaidAside } from './laid-aside.js';
import { MessageAdmin } from './message-admin.js';
import { NameServerAdmin } from './name-server-admin.js';
import { OffsetAdmin } from './offset-admin.js';
import { TopicAdmin } from './topic-admin.js';
import { TraceAdmin } from './trace-admin.js';
import { TransactionAdmin } from './transaction-admin.js';

/** Everything an operator does with a cluster, by what it is done to. Source: Apache 5.3 DefaultMQAdminExt. */
export class AdminClient {
  readonly topics: TopicAdmin;
  readonly groups: GroupAdmin;
  readonly offsets: OffsetAdmin;
  readonly messages: MessageAdmin;
  readonly clients: ClientAdmin;
  readonly brokers: BrokerAdmin;
  readonly nameServers: NameServerAdmin;
  readonly access: AccessAdmin;
  readonly deadLetters: DeadLetterAdmin;
  readonly transactions: TransactionAdmin;
  readonly traces: TraceAdmin;

  /** @param signal ends every wait */
  constructor(
    private readonly client: ClientInstance,
    signal?: AbortSignal,
  ) {
    const requests = new AdminRequests(client, signal);
    this.topics = new TopicAdmin(requests);
    this.groups = new GroupAdmin(requests);
    this.offsets = new OffsetAdmin(requests, this.topics);
    this.messages = new MessageAdmin(requests);
    this.clients = new ClientAdmin(requests);
    this.brokers = new BrokerAdmin(requests);
    this.nameServers = new NameServerAdmin(requests);
    this.access = new AccessAdmin(requests);
    this.traces = new TraceAdmin(this.messages);
    const aside = new LaidAside(this.messages, this.offsets);
    this.deadLetters = new DeadLetterAdmin(requests, this.topics, aside);
    this.transactions = new TransactionAdmin(this.messages, this.offsets, aside);
  }
  /**
   * The same, but its calls wait no longer than until `signal` fires: they reject with AbortedError, and what they have
   * asked a broker to change may or may not be changed.
   */
  withSignal(signal: AbortSignal): AdminClient {
    return new AdminClient(this.client, signal);
  }
}
