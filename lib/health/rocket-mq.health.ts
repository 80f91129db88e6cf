import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { rocketMqServerToken } from '../tokens.js';
import { DEFAULT_CONNECTION } from '../decorators/metadata.js';
import type { RocketMqServer } from '../transport/rocketmq.server.js';
import { findProblems, type HealthReport } from './health-report.js';

/** What of a connection is looked at, and from where on it counts as unwell. */
export interface RocketMqHealthOptions {
  /** Default: the default one. */
  connection?: string;
  /** Most messages that may wait for one group of this application in one topic. Default: any number. */
  maxLag?: number;
  /** Most dead letters of one group of this application that nobody has seen to. Default: any number. */
  maxDeadLetters?: number;
  /** How long a written byte of the embedded store may wait for the disk, in milliseconds. Default 60000. */
  maxUnflushedMs?: number;
  /** How long the cluster may take to answer, in milliseconds. Default 3000. */
  timeoutMs?: number;
}

/**
 * Health of a connection for @nestjs/terminus: whether its brokers answer, whether the embedded store
 * takes messages and flushes them, how far the groups of this application are behind, and their dead letters.
 */
@Injectable()
export class RocketMqHealthIndicator {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly modules: ModuleRef,
  ) {}

  /** Down with the reasons under `problems`; never throws. */
  async check<Key extends string>(
    key: Key,
    { connection = DEFAULT_CONNECTION, ...limits }: RocketMqHealthOptions = {},
  ): Promise<HealthIndicatorResult<Key>> {
    const indicator = this.health.check(key);
    const server = this.modules.get<RocketMqServer>(rocketMqServerToken(connection), { strict: false });
    const report = await this.report(server, limits);
    return report.problems.length === 0
      ? indicator.up(report.facts)
      : indicator.down({ ...report.facts, problems: report.problems });
  }

  private report(server: RocketMqServer, limits: Omit<RocketMqHealthOptions, 'connection'>): Promise<HealthReport> {
    const groups = server.consumerGroups.map(({ plan }) => ({ group: plan.group, topics: [...plan.routes.keys()] }));
    return findProblems(() => server.unwrap(), groups, limits);
  }
}
