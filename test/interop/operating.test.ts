import { describeWhen } from '../support/requirements.js';
import { operatedSettings, operating } from '../support/operating.suite.js';
import { ApacheCluster } from './support/apache-cluster.js';
import { java17AndMaven } from './support/java-programs.js';
import { OurCluster } from './support/our-cluster.js';
import { OutcomeTable } from './support/outcome-table.js';

const properties = operatedSettings;
const targets = [
  { name: 'Apache 5.3.3', start: () => ApacheCluster.start({ properties }) },
  { name: 'ours', start: () => OurCluster.start({ properties }) },
] as const;

const title = 'rocketmq top, tail, dlq, tx and doctor';

describeWhen(java17AndMaven, title, () => {
  const names = targets.map(({ name }) => name);
  const table = new OutcomeTable(title, names);
  afterAll(() => table.print());

  describe.each(targets)('on $name', ({ name, start }) => {
    operating(start, (row, check) => {
      table.set([row], name, '-');
      test(row, async () => table.record([row], name, check));
    });
  });
});
