import { NodeClock, type Clock, type Engine } from '../engine/index.js';

export interface HealthLimits {
  maxLag?: number;
  maxDeadLetters?: number;
  maxUnflushedMs?: number;
  timeoutMs?: number;
}

export interface HealthReport {
  /** What was found, whether good or bad. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** A sentence each; empty: all is well. */
  readonly problems: readonly string[];
}

interface OwnGroup {
  readonly group: string;
  readonly topics: readonly string[];
}

const DEFAULT_UNFLUSHED_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 3000;

/** Looks at engine, store, lag and dead letters. Never rejects: what cannot be asked is a problem. */
export async function findProblems(
  engine: () => Promise<Engine>,
  groups: readonly OwnGroup[],
  limits: HealthLimits,
  clock: Pick<Clock, 'schedule'> = new NodeClock(),
): Promise<HealthReport> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = limits;
  let isLate: () => void = () => undefined;
  const late = new Promise<HealthReport>((resolve) => {
    isLate = () => resolve({ facts: {}, problems: [`the cluster has not answered within ${timeoutMs} ms`] });
  });
  const timer = clock.schedule(timeoutMs, () => isLate());
  try {
    return await Promise.race([look(await engine(), groups, limits), late]);
  } catch (error) {
    return { facts: {}, problems: [`the cluster cannot be asked: ${(error as Error).message}`] };
  } finally {
    timer.cancel();
  }
}

async function look(engine: Engine, groups: readonly OwnGroup[], limits: HealthLimits): Promise<HealthReport> {
  const brokers = await engine.admin.brokers.list();
  const problems = brokers.length === 0 ? ['no broker is registered'] : [];
  const facts: Record<string, unknown> = { engine: engine.kind, brokers: brokers.length };
  const store = engine.figures?.().store;
  if (store !== undefined) {
    const { maxUnflushedMs = DEFAULT_UNFLUSHED_MS } = limits;
    facts.store = { isWriteable: store.isWriteable, unflushedMs: Math.round(store.unflushedMs) };
    if (store.failure) problems.push(`the store has stopped: ${store.failure.message}`);
    else if (!store.isWriteable) problems.push('the store takes no messages: its disk is full, or it stops');
    if (store.unflushedMs > maxUnflushedMs)
      problems.push(`the store has not flushed for ${Math.round(store.unflushedMs)} ms; ${maxUnflushedMs} are allowed`);
  }
  if (limits.maxLag !== undefined) await lookAtLag(engine, groups, limits.maxLag, facts, problems);
  if (limits.maxDeadLetters !== undefined)
    await lookAtDeadLetters(engine, groups, limits.maxDeadLetters, facts, problems);
  return { facts, problems };
}

async function lookAtLag(
  { admin }: Engine,
  groups: readonly OwnGroup[],
  maxLag: number,
  facts: Record<string, unknown>,
  problems: string[],
): Promise<void> {
  const lags: Record<string, number> = {};
  for (const { group, topics } of groups) {
    for (const topic of topics) {
      const progress = await admin.offsets.progress(group, topic).catch(() => []); // a topic that is not there yet has no lag
      const lag = progress.reduce((sum, queue) => sum + queue.lag, 0);
      lags[`${topic}@${group}`] = lag;
      if (lag > maxLag) problems.push(`${lag} messages of ${topic} wait for group ${group}; ${maxLag} are allowed`);
    }
  }
  facts.lag = lags;
}

async function lookAtDeadLetters(
  { admin }: Engine,
  groups: readonly OwnGroup[],
  maxDeadLetters: number,
  facts: Record<string, unknown>,
  problems: string[],
): Promise<void> {
  const own = new Set(groups.map(({ group }) => group));
  const counts = (await admin.deadLetters.counts()).filter(({ group }) => own.has(group));
  facts.deadLetters = Object.fromEntries(counts.map(({ group, waiting }) => [group, waiting]));
  for (const { group, waiting } of counts)
    if (waiting > maxDeadLetters)
      problems.push(`group ${group} has ${waiting} dead letters; ${maxDeadLetters} are allowed`);
}
