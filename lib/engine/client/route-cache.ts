import { ConnectError, TopicNotFoundError } from '../common/errors.js';
import { SystemTopic } from '../message/topic-names.js';
import { MASTER_ID, type BrokerData } from '../protocol/bodies/topic-route-data.js';
import type { Cancellable, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { NameServerApi } from './name-server-api.js';
import { isSameRoute, toProvisionalRoute, toTopicRoute, type TopicRoute } from './topic-route.js';

export interface RouteCacheOptions {
  /** How often known routes are asked for again. */
  pollNameServerIntervalMs: number;
}

export interface BrokerAddress {
  readonly brokerName: string;
  readonly brokerId: number;
  readonly address: string;
}

/** Pauses before a watched topic without a route is asked for again: the first, doubling up to the last. */
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5000;

/**
 * What this client knows about topics and brokers. Whoever needs a topic all the time watches it:
 * its route is kept fresh, and one that does not exist yet is found soon after it is created.
 */
export class RouteCache {
  private readonly routes = new Map<string, TopicRoute>();
  /** Brokers found by learnBrokers(). */
  private learned: readonly BrokerData[] = [];
  /** Broker name to broker id to address; made of routes and learned brokers. */
  private brokers = new Map<string, ReadonlyMap<number, string>>();
  private readonly loading = new Map<string, Promise<TopicRoute | undefined>>();
  private readonly watched = new Set<string>();
  private readonly listeners: ((topic: string) => void)[] = [];
  private readonly stopped = new AbortController();
  private pollTimer?: Cancellable;
  private retryTimer?: Cancellable;
  private retryDelayMs = FIRST_RETRY_MS;

  constructor(
    private readonly nameServers: NameServerApi,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly options: RouteCacheOptions,
  ) {}

  start(): void {
    this.pollTimer = this.clock.schedule(this.options.pollNameServerIntervalMs, () => this.poll());
  }

  stop(): void {
    this.stopped.abort();
    this.pollTimer?.cancel();
    this.retryTimer?.cancel();
  }

  /** Called with the topic whenever its queues or its brokers' addresses have changed. */
  onChange(listener: (topic: string) => void): void {
    this.listeners.push(listener);
  }

  watch(topic: string): void {
    if (this.watched.has(topic)) return;
    this.watched.add(topic);
    if (!this.isMissing(topic)) return;
    this.retryDelayMs = FIRST_RETRY_MS;
    this.retryTimer?.cancel();
    this.retryTimer = this.clock.schedule(0, () => this.retryMissing());
  }

  unwatch(topic: string): void {
    this.watched.delete(topic);
  }

  find(topic: string): TopicRoute | undefined {
    return this.routes.get(topic);
  }

  /**
   * The route to send to. A topic that does not exist yet gets the queues it will have when its
   * first message creates it.
   * @throws TopicNotFoundError; ConnectError and the like when no name server answers
   */
  async findOrLoad(topic: string, defaultTopicQueueNums: number): Promise<TopicRoute> {
    const route =
      this.routes.get(topic) ??
      (await this.refresh(topic)) ??
      (await this.share(`${topic} to create`, () => this.loadProvisional(topic, defaultTopicQueueNums)));
    if (route) return route;
    throw new TopicNotFoundError(topic, 'create it, or set autoCreateTopicEnable=true on a broker');
  }

  /** Asks for a route again; calls for one topic share one question. Of a topic that is gone the last route is kept. */
  refresh(topic: string): Promise<TopicRoute | undefined> {
    return this.share(topic, () => this.load(topic));
  }

  /** The same in the background, for callers that go on either way. */
  refreshSoon(topic: string): void {
    this.refresh(topic).catch((error: unknown) => {
      if (!this.stopped.signal.aborted) this.logger.warn('route could not be refreshed', { topic, error });
    });
  }

  /** Learns every broker there is, also those whose topics this client has not used yet. */
  async learnBrokers(): Promise<void> {
    this.learned = await this.nameServers.brokers(this.stopped.signal);
    this.collectBrokers();
  }

  masterAddress(brokerName: string): string | undefined {
    return this.brokers.get(brokerName)?.get(MASTER_ID);
  }

  /** The same, asking the name servers where it is not known. @throws ConnectError when they know none */
  async findMasterAddress({ topic, brokerName }: { topic: string; brokerName: string }): Promise<string> {
    if (this.masterAddress(brokerName) === undefined) await this.refresh(topic);
    const address = this.masterAddress(brokerName);
    if (address === undefined) throw new ConnectError(brokerName, 'the name servers know no master of this broker');
    return address;
  }

  /** Where to read: the wished broker of the set if it is there, else its next, else any. Source: Apache 5.3 MQClientInstance#findBrokerAddressInSubscribe. */
  readAddress(brokerName: string, brokerId: number): BrokerAddress | undefined {
    const set = this.brokers.get(brokerName);
    if (!set) return undefined;
    for (const id of [brokerId, brokerId + 1, ...set.keys()]) {
      const address = set.get(id);
      if (address !== undefined) return { brokerName, brokerId: id, address };
    }
    return undefined;
  }

  /** Of each set that has the topic the master, or a slave where the master is gone. */
  brokersOf(topic: string): BrokerAddress[] {
    const names = this.routes.get(topic)?.brokers.map(({ brokerName }) => brokerName) ?? [];
    return names.flatMap((brokerName) => this.readAddress(brokerName, MASTER_ID) ?? []);
  }

  addressesOf(topic: string): string[] {
    return this.brokersOf(topic).map(({ address }) => address);
  }

  allBrokers(): BrokerAddress[] {
    return [...this.brokers].flatMap(([brokerName, set]) =>
      [...set].map(([brokerId, address]) => ({ brokerName, brokerId, address })),
    );
  }

  private async load(topic: string): Promise<TopicRoute | undefined> {
    const data = await this.nameServers.topicRoute(topic, this.stopped.signal);
    return data ? this.keep(toTopicRoute(topic, data)) : this.routes.get(topic);
  }

  private async loadProvisional(topic: string, defaultTopicQueueNums: number): Promise<TopicRoute | undefined> {
    const data = await this.nameServers.topicRoute(SystemTopic.autoCreate, this.stopped.signal);
    // Meanwhile the topic may have come to be.
    return this.routes.get(topic) ?? (data && this.keep(toProvisionalRoute(topic, data, defaultTopicQueueNums)));
  }

  private share(key: string, load: () => Promise<TopicRoute | undefined>): Promise<TopicRoute | undefined> {
    let loading = this.loading.get(key);
    if (!loading) {
      loading = load().finally(() => this.loading.delete(key));
      this.loading.set(key, loading);
    }
    return loading;
  }

  private keep(route: TopicRoute): TopicRoute {
    const before = this.routes.get(route.topic);
    if (before && isSameRoute(before, route)) return before;
    this.routes.delete(route.topic); // to the end: what is newer wins in collectBrokers()
    this.routes.set(route.topic, route);
    this.collectBrokers();
    this.logger.debug('route changed', { topic: route.topic, brokers: route.brokers });
    for (const listener of this.listeners) listener(route.topic);
    return route;
  }

  private collectBrokers(): void {
    this.brokers = new Map();
    for (const { brokerName, brokerAddrs } of [
      ...this.learned,
      ...[...this.routes.values()].flatMap((r) => r.brokers),
    ]) {
      const set = Object.entries(brokerAddrs).map(([id, address]): [number, string] => [Number(id), address]);
      this.brokers.set(brokerName, new Map(set.sort(([a], [b]) => a - b)));
    }
  }

  private isMissing(topic: string): boolean {
    return this.routes.get(topic)?.isProvisional ?? true;
  }

  private poll(): void {
    const topics = new Set([...this.routes.keys(), ...this.watched]);
    void Promise.allSettled([...topics].map((topic) => this.refresh(topic))).then((outcomes) => {
      if (this.stopped.signal.aborted) return;
      const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
      if (failures.length > 0) this.logger.warn('routes could not be refreshed', { error: failures[0].reason });
      this.pollTimer = this.clock.schedule(this.options.pollNameServerIntervalMs, () => this.poll());
    });
  }

  private retryMissing(): void {
    const missing = [...this.watched].filter((topic) => this.isMissing(topic));
    if (missing.length === 0) return;
    void Promise.allSettled(missing.map((topic) => this.refresh(topic))).then(() => {
      if (this.stopped.signal.aborted) return;
      this.retryTimer?.cancel();
      this.retryTimer = this.clock.schedule(this.retryDelayMs, () => this.retryMissing());
      this.retryDelayMs = Math.min(this.retryDelayMs * 2, MAX_RETRY_MS);
    });
  }
}
