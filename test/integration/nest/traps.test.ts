import { bothWays, Cluster } from './cluster.js';
import { traps } from './traps.suite.js';

jest.setTimeout(20_000);

describe.each(bothWays)('an engine reached %s', (reached) => {
  const cluster = new Cluster(reached);
  beforeAll(() => cluster.start());
  afterAll(() => cluster.stop());

  traps(() => cluster);
});
