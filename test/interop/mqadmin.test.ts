import { readFileSync } from 'node:fs';
import { describeWhen } from '../support/requirements.js';
import { ApacheCluster } from './support/apache-cluster.js';
import { java17AndMaven } from './support/java-programs.js';
import { accessSteps } from './support/mqadmin/access-steps.js';
import { comparable, shapeOfJson } from './support/mqadmin/comparable.js';
import { notApplicable, onlyMqadmin } from './support/mqadmin/not-applicable.js';
import { ourSteps } from './support/mqadmin/our-steps.js';
import { Side } from './support/mqadmin/side.js';
import { steps, type Step } from './support/mqadmin/steps.js';
import { OurCluster } from './support/our-cluster.js';
import { OutcomeTable } from './support/outcome-table.js';

const RETRIES = 20;
const [OUTCOME, HOW] = ['outcome', 'how, or why not'];

/** @returns what is printed */
type Runner = (words: readonly string[], endAfterMs?: number) => Promise<string>;

describeWhen(java17AndMaven, 'operators’ commands', () => {
  const sides: Side[] = [];

  beforeAll(async () => {
    sides.push(await Side.prepare((options) => ApacheCluster.start(options)));
    sides.push(await Side.prepare((options) => OurCluster.start(options)));
  });

  afterAll(async () => {
    for (const side of sides) await side.stop();
  });

  describe('mqadmin 5.3.3 prints of our cluster what it prints of Apache’s', () => {
    const table = new OutcomeTable('mqadmin 5.3.3 on ours, beside Apache’s', [OUTCOME, HOW]);

    afterAll(() => {
      for (const [name, why] of Object.entries(notApplicable)) {
        table.set([name], OUTCOME, 'not applicable');
        table.set([name], HOW, why);
      }
      table.print();
    });

    test.each(Object.entries(steps))('%s', async (name, step) => {
      await sameOnBoth(table, name, step, (side) => side.mqadmin.bind(side));
    });

    test('no command is left out', async () => {
      const help = await sides[0].mqadmin([]);
      const all = [...help.matchAll(/^ {3}(\w+) {2,}/gm)].map(([, name]) => name);
      expect(commandsOf({ ...steps, ...accessSteps, ...notApplicable })).toEqual(all.sort());
    });
  });

  describe('our commands print of Apache’s cluster what they print of ours', () => {
    const table = new OutcomeTable('our commands on Apache’s, beside ours', [OUTCOME, HOW]);

    afterAll(() => table.print());

    test.each(Object.entries(ourSteps))('%s', async (name, step) => {
      await sameOnBoth(table, name, step, (side) => (words) => side.ours(words));
      if (step.differs !== undefined) return;
      const shapes = await Promise.all(
        sides.map(async (side) => shapeOfJson(await side.ours([...(await step.words(side)), '--json']), side)),
      );
      expect(shapes[1]).toEqual(shapes[0]);
    });

    test('each that mqadmin has too is here', () => {
      const shared = commandsOf(steps).filter((name) => !onlyMqadmin.includes(name));
      expect(commandsOf(ourSteps)).toEqual(shared);
    });
  });

  async function sameOnBoth(
    table: OutcomeTable,
    name: string,
    step: Step,
    runnerOf: (side: Side) => Runner,
  ): Promise<void> {
    table.set([name], OUTCOME, 'FAILED');
    const [apache, ours] = await Promise.all(sides.map((side) => run(side, step, runnerOf(side))));
    if (step.differs === undefined) expect(ours).toEqual(apache);
    else expect(ours).not.toEqual(apache);
    table.set([name], OUTCOME, step.differs === undefined ? 'same' : 'differs');
    if (step.differs !== undefined) table.set([name], HOW, step.differs);
  }
});

function commandsOf(named: object): string[] {
  return [...new Set(Object.keys(named).map((name) => name.split(' ')[0]))].sort();
}

/** What a step prints and writes, without what belongs to this one run. */
async function run(side: Side, step: Step, runner: Runner): Promise<string> {
  const words = await step.words(side);
  let printed = '';
  for (let i = 0; i < (step.retry ? RETRIES : 1) && !step.prints.test(printed); i++) {
    printed = await runner(words, step.endAfterMs);
  }
  expect(printed).toMatch(step.prints);
  const written = step.file ? readFileSync(step.file(side), 'utf8') : '';
  return comparable(`${printed}\n${written}`, side, step);
}
