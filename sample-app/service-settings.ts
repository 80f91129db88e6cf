import type { LogLevel } from '@nestjs/common';

export type ServiceName = 'orders' | 'points';

export interface ServiceSettings {
  /** One or both. */
  runs: ServiceName[];
  /** Where its databases are, and the store of an embedded engine. */
  directory: string;
  /** Of its HTTP server; 0 takes a free one. */
  port: number;
  /** An embedded engine, open to other processes or not; or somebody else's. */
  engine: { listen?: { nameServerPort: number; brokerPort: number } } | { nameServer: string };
  /** Messages by the outbox instead of half messages. */
  outbox: boolean;
  /** Of Nest's logger. */
  logs: LogLevel[];
}
