import type { Engine, Logger } from '../engine/index.js';
import { mistakesOf, sharedProducerGroup, unevenSubscriptions } from './known-mistakes.js';
import { listenerId, type GroupPlan } from './subscription-plan.js';

const DEFAULT_CONCURRENCY = 20;

export interface DevelopmentReportParts {
  readonly logger: Logger;
  /** Of the option `transaction`. */
  readonly producerGroup?: string;
  readonly defaultConcurrency?: number;
}

/** What a developer wants to know once the listeners have started: who listens to what, and what looks wrong. */
export class DevelopmentReport {
  constructor(private readonly parts: DevelopmentReportParts) {}

  /** Never fails: a start must not depend on it. */
  async show(plans: readonly GroupPlan[], engine: Engine): Promise<void> {
    const { logger, defaultConcurrency = DEFAULT_CONCURRENCY } = this.parts;
    if (plans.length > 0) logger.info(`listeners\n${listenerTable(plans, defaultConcurrency)}`);
    for (const mistake of [...plans.flatMap(mistakesOf), ...(await this.ask(plans, engine))]) logger.warn(mistake);
  }

  private async ask(plans: readonly GroupPlan[], { admin }: Engine): Promise<string[]> {
    const { logger, producerGroup } = this.parts;
    try {
      const clustering = plans.filter(({ options }) => options.model !== 'broadcasting');
      const uneven = await Promise.all(clustering.map((plan) => unevenSubscriptions(plan, admin)));
      if (producerGroup === undefined) return uneven.flat();
      const topics = plans.flatMap(({ routes }) => [...routes.keys()]);
      return [...uneven.flat(), ...(await sharedProducerGroup(producerGroup, topics, admin))];
    } catch (error) {
      logger.debug('the cluster could not be asked for known mistakes', { error });
      return [];
    }
  }
}

/** One line for each topic of each listener. */
export function listenerTable(plans: readonly GroupPlan[], defaultConcurrency: number): string {
  const rows = plans.flatMap(({ group, options, listeners }) =>
    listeners.flatMap(({ definition }) =>
      definition.topics.map((topic) => [
        topic,
        definition.selector.expression,
        group,
        options.model === 'broadcasting' ? 'broadcasting' : (options.mode ?? 'concurrent'),
        String(options.concurrency ?? defaultConcurrency),
        listenerId(definition),
      ]),
    ),
  );
  const table = [['topic', 'tag', 'group', 'mode', 'concurrency', 'where'], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
