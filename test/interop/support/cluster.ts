/** A running RocketMQ cluster, whoever wrote it. */
export interface Cluster {
  /** Separated by `;`. */
  readonly nameServerAddresses: string;
  readonly brokerAddress: string;
  /** Ends it and removes what it stored. */
  stop(): Promise<void>;
}
