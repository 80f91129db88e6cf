import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectEngine, startNameServer, type RunningServer } from '../../../lib/engine/index.js';

let pages: Server;
let nameServers: RunningServer[];
let endpoint: string;

beforeAll(async () => {
  nameServers = [await startNameServer({ port: 0 }), await startNameServer({ port: 0 })];
  pages = createServer((request, response) => {
    const isKnown = request.url === '/rocketmq/nsaddr' || request.url === '/rocketmq/nsaddr-east?nofix=1';
    response.statusCode = isKnown ? 200 : 404;
    response.end(`${nameServers.map(({ address }) => address).join(';')}\n`);
  }).listen(0, '127.0.0.1');
  await once(pages, 'listening');
  endpoint = `http://127.0.0.1:${(pages.address() as AddressInfo).port}/rocketmq/nsaddr`;
});

afterAll(async () => {
  pages.close();
  await once(pages, 'close');
  await Promise.all(nameServers.map(async (server) => server.stop()));
});

test('name servers are found by a web page, also that of a unit', async () => {
  for (const unitName of [undefined, 'east']) {
    await using engine = await connectEngine({ nameServerEndpoint: endpoint, unitName });
    await engine.admin.topics.names();
    expect(engine.nameServerAddresses?.split(';')).toEqual(nameServers.map(({ address }) => address));
  }
});

test('a page that is not there is a clear error', async () => {
  await using engine = await connectEngine({ nameServerEndpoint: `${endpoint}/nowhere` });
  await expect(engine.admin.topics.names()).rejects.toMatchObject({
    code: 'CONNECT',
    message: expect.stringContaining('the web server answered 404') as string,
  });
});
