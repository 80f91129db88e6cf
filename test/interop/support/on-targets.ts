import { describeWhen, type Requirement } from '../../support/requirements.js';
import type { Cluster } from './cluster.js';
import { java17AndMaven } from './java-programs.js';
import { type ProbeClients, ClientProbe } from './client-probe.js';
import { startJavaClient } from './java-client.js';
import { OutcomeTable } from './outcome-table.js';
import { type Target, targets } from './targets.js';

/** What a suite has on its target, while its tests run. */
export interface OnTarget {
  readonly name: Target['name'];
  readonly cluster: Cluster;
  readonly probe: ClientProbe;
  /** Apache's Java client, with this cluster. */
  readonly java: ProbeClients;
  /** A test that is also a row of the table printed at the end. */
  test(row: string | readonly [string, string], check: () => Promise<void>, timeoutMs?: number): void;
}

/** The same suite on Apache's cluster, which is the specification, and on ours, which claims to meet it. */
export function describeOnTargets(title: string, suite: (on: OnTarget) => void, alsoNeeds?: Requirement): void {
  const needs = java17AndMaven.met && alsoNeeds ? alsoNeeds : java17AndMaven;
  describeWhen(needs, title, () => {
    const table = new OutcomeTable(
      title,
      targets.map(({ name }) => name),
    );
    let probe: ClientProbe;

    beforeAll(async () => {
      probe = await startJavaClient();
    });

    afterAll(async () => {
      await probe.stop();
      table.print();
    });

    describe.each(targets)('on $name', ({ name, start }) => {
      let cluster: Cluster;

      beforeAll(async () => {
        cluster = await start();
      });

      afterAll(async () => cluster.stop());

      suite({
        name,
        get cluster() {
          return cluster;
        },
        get probe() {
          return probe;
        },
        get java() {
          return probe.at(cluster.nameServerAddresses);
        },
        test(row, check, timeoutMs) {
          const cells = typeof row === 'string' ? [row] : row;
          table.set(cells, name, '-');
          test(cells.at(-1)!, async () => table.record(cells, name, check), timeoutMs);
        },
      });
    });
  });
}
