import { bothWays, Cluster } from './cluster.js';
import { requestReply } from './request-reply.suite.js';

jest.setTimeout(20_000);

describe.each(bothWays)('requests by an engine reached %s', (reached) => {
  const cluster = new Cluster(reached);
  beforeAll(() => cluster.start());
  afterAll(() => cluster.stop());

  requestReply(() => cluster);
});
