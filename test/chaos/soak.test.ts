import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { compileSources } from '../support/compiled-sources.js';
import type { ProcessFigures } from '../support/process-figures.js';
import { cycles } from '../support/run-options.js';
import type { SoakMeasurement } from '../support/soak-load.js';

const SAMPLE_MS = 10_000;
const SAMPLES = cycles(6);
/** A run of this length, or a longer one, shows a slope; a shorter one no more than that nothing pours out. */
const LONG = 60;
/** Compiling, caches that fill, retention that first looks after a minute. */
const WARM_UP_MS = SAMPLES < LONG ? 60_000 : 180_000;
const MOST_RISE_MIB = SAMPLES < LONG ? 4 : SAMPLES / LONG;
/** What a count may be above its highest of the first third. */
const COUNT_SLACK = 4;
/** The same of a store's files: in a short run some queues have not been read or written yet. */
const STORE_FILES_SLACK = SAMPLES < LONG ? 20 : 4;
const STORE_FILES = 'store files';
const PATIENCE_MS = 60_000;

class Child {
  private readonly process: ChildProcess;

  constructor(path: string) {
    this.process = fork(path, { execArgv: ['--expose-gc'] });
  }

  async ask<Answer>(command: unknown): Promise<Answer> {
    const answered = once(this.process, 'message');
    this.process.send(command as string);
    return ((await answered) as [Answer])[0];
  }

  /** @returns whether nothing was left that keeps the process alive */
  async end(): Promise<boolean> {
    const exited = once(this.process, 'exit');
    await this.ask('stop');
    const tooLate = setTimeout(() => this.process.kill('SIGKILL'), 5000);
    const [code] = (await exited) as [number | null];
    clearTimeout(tooLate);
    return code === 0;
  }

  kill(): void {
    this.process.kill('SIGKILL');
  }
}

/** Samples of a process, taken after it had warmed up. */
class Course {
  private readonly samples: (ProcessFigures & { minute: number })[] = [];

  constructor(private readonly name: string) {}

  add(minute: number, figures: ProcessFigures): void {
    this.samples.push({ ...figures, minute });
  }

  /** What did not stay as it was. */
  problems(): string[] {
    const minutes = this.samples.at(-1)!.minute - this.samples[0].minute;
    const third = Math.ceil(this.samples.length / 3);
    const [first, last] = [this.samples.slice(0, third), this.samples.slice(-third)];
    // Files of the log come and go, and buffers with them: what counts is what is held in any case.
    const least = (some: typeof this.samples): number => Math.min(...some.map(({ heldMib }) => heldMib));
    const rise = least(last) - least(first);
    const kinds = [...new Set(this.samples.flatMap(({ resources }) => Object.keys(resources)))];
    const most = (some: typeof this.samples, count: (one: ProcessFigures) => number): number =>
      Math.max(...some.map(count));
    const counts: [string, (one: ProcessFigures) => number][] = [
      ['descriptors', ({ descriptors }) => descriptors],
      [STORE_FILES, ({ storeFiles }) => storeFiles],
      ...kinds.map((kind): [string, (one: ProcessFigures) => number] => [
        kind,
        ({ resources }) => resources[kind] ?? 0,
      ]),
    ];
    console.log(
      `${this.name}: ${least(first).toFixed(2)} -> ${least(last).toFixed(2)} MiB in ${minutes.toFixed(1)} minutes; ` +
        counts.map(([kind, count]) => `${kind} ${most(first, count)} -> ${most(last, count)}`).join(', '),
    );
    return [
      ...(rise > MOST_RISE_MIB ? [`${this.name}: memory rises by ${rise.toFixed(2)} MiB`] : []),
      ...counts
        .filter(([kind, count]) => {
          const slack = kind === STORE_FILES ? STORE_FILES_SLACK : COUNT_SLACK;
          return most(last, count) > most(first, count) + slack;
        })
        .map(([kind, count]) => `${this.name}: ${kind} ${most(first, count)} -> ${most(last, count)}`),
    ];
  }
}

test(
  'mixed load with retention at work: memory, handles and descriptors stay as they are, and nothing acknowledged is lost',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'soak-'));
    const sources = compileSources();
    const servers = new Child(sources.pathOf('test/support/soak-servers.ts'));
    const load = new Child(sources.pathOf('test/support/soak-load.ts'));
    try {
      const nameServer = await servers.ask<string>(directory);
      await load.ask([nameServer]);
      const [courseOfServers, courseOfLoad] = [new Course('servers'), new Course('clients')];
      const begun = performance.now();
      const lines = [['minute', 'acknowledged', 'refused', 'servers MiB', 'fds', 'clients MiB', 'fds'].join('  ')];
      let measured: SoakMeasurement | undefined;
      await pause(WARM_UP_MS);
      for (let sample = 0; sample < SAMPLES; sample++) {
        await pause(SAMPLE_MS);
        const minute = (performance.now() - begun) / 60_000;
        const ofServers = await servers.ask<ProcessFigures>('measure');
        measured = await load.ask<SoakMeasurement>('measure');
        courseOfServers.add(minute, ofServers);
        courseOfLoad.add(minute, measured);
        lines.push(
          [
            minute.toFixed(1).padStart(6),
            String(sum(measured, 'acknowledged')).padStart(12),
            String(measured.refused).padStart(7),
            ...[ofServers, measured].flatMap(({ heldMib, descriptors }) => [
              heldMib.toFixed(2).padStart(11),
              String(descriptors).padStart(3),
            ]),
          ].join('  '),
        );
      }
      let last = await load.ask<SoakMeasurement>('endSending');
      const deadline = performance.now() + PATIENCE_MS;
      while (sum(last, 'missing') > 0 && performance.now() < deadline) {
        await pause(200);
        last = await load.ask<SoakMeasurement>('measure');
      }
      console.log(lines.join('\n'));
      console.log(`${JSON.stringify(last.flows)}\n${last.refused} refused: ${last.lastRefusal ?? '-'}`);
      const problems = [...courseOfServers.problems(), ...courseOfLoad.problems()];
      expect(last.violations).toEqual([]);
      expect(sum(last, 'missing')).toBe(0);
      expect(Object.values(last.flows).every(({ acknowledged }) => acknowledged > 50)).toBe(true);
      expect(problems).toEqual([]);
      expect(await load.end()).toBe(true);
      expect(await servers.end()).toBe(true);
    } finally {
      load.kill();
      servers.kill();
      sources.remove();
      await rm(directory, { recursive: true });
    }
  },
  90 * 60_000,
);

function sum({ flows }: SoakMeasurement, figure: 'acknowledged' | 'missing'): number {
  return Object.values(flows).reduce((total, flow) => total + flow[figure], 0);
}
