/** What a doctor has found out; nothing in here is judged yet. */
export interface Facts {
  readonly nameServers: readonly ReachedServer[];
  readonly brokers: readonly BrokerFacts[];
  readonly groups: readonly GroupFacts[];
  readonly givenUpTransactions: number;
  readonly store?: StoreFacts;
}

export interface ReachedServer {
  /** `host:port`. */
  readonly address: string;
  /** Why it cannot be reached; undefined when it can. */
  readonly problem?: string;
}

export interface BrokerFacts extends ReachedServer {
  readonly brokerName: string;
  readonly brokerId: number;
  /** Its clock minus ours; seconds are as exact as brokers tell. */
  readonly clockSkewMs?: number;
  /** 0 to 1: how full its partition is. */
  readonly diskRatio?: number;
}

export interface GroupFacts {
  readonly group: string;
  readonly clients: readonly GroupClient[];
  /** Messages that are not consumed yet, by topic; retries by their retry topic. */
  readonly lag: ReadonlyMap<string, number>;
  /** Queues that can be read, by topic it subscribes to. */
  readonly queues: ReadonlyMap<string, number>;
  readonly deadLetters: number;
}

export interface GroupClient {
  readonly clientId: string;
  readonly clientAddr: string;
  /** `host:port` of the broker that knows it so. */
  readonly brokerAddress: string;
  /** Expression by topic, as the client itself tells; undefined when it does not tell. */
  readonly subscriptions?: ReadonlyMap<string, string>;
}

/** Of the store on this machine. */
export interface StoreFacts {
  readonly directory: string;
  /** Why it cannot be used; undefined when it can. */
  readonly problem?: string;
  readonly freeBytes?: number;
  readonly totalBytes?: number;
  /** Of the process that has it, where that is known. */
  readonly openFiles?: number;
  readonly openFilesLimit?: number;
}

/** `error`: something does not work, or messages are in danger. `warning`: look into it. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly subject: string;
  readonly what: string;
  readonly remedy: string;
}
