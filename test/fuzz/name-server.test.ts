import { NameServer } from '../../lib/engine/namesrv/name-server.js';
import { NodeNetwork } from '../../lib/engine/platform/node-network.js';
import { NodeClock } from '../../lib/engine/platform/node-clock.js';
import { silentLogger } from '../../lib/engine/ports/logger.js';
import { encodeFrame, HeaderForm } from '../../lib/engine/protocol/frame-codec.js';
import { numbered, request } from '../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import { TcpAcceptor, TcpConnector } from '../../lib/engine/remoting/tcp-transport.js';
import { cycles, seed } from '../support/run-options.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { cut, mutate, pick } from './mutations.js';

const ROUNDS = cycles(3000);

const topics = (...names: string[]) =>
  names.map((name) => `"${name}":{"topicName":"${name}","perm":6,"readQueueNums":4,"writeQueueNums":4}`).join(',');
const body = Buffer.from(
  `{"topicConfigSerializeWrapper":{"dataVersion":{"counter":1,"timestamp":1},"topicConfigTable":{${topics('T', 'U')}}}}`,
);
const broker = { clusterName: 'C', brokerId: '0', haServerAddr: 'h:1' };
const good = { ...broker, brokerName: 'good', brokerAddr: '10.0.0.1:1' };
const bad = { ...broker, brokerName: 'bad', brokerAddr: '10.0.0.2:1' };

const requests = [
  request(RequestCode.REGISTER_BROKER, { extFields: bad, body }),
  request(RequestCode.UNREGISTER_BROKER, { extFields: bad }),
  request(RequestCode.GET_ROUTEINFO_BY_TOPIC, { extFields: { topic: 'T' } }),
  request(RequestCode.QUERY_DATA_VERSION, { extFields: bad, body: Buffer.from('{"counter":1}') }),
  request(RequestCode.PUT_KV_CONFIG, { extFields: { namespace: 'n', key: 'k', value: 'v' } }),
  request(RequestCode.GET_BROKER_CLUSTER_INFO),
  request(RequestCode.REGISTER_TOPIC_IN_NAMESRV, { extFields: { topic: 'V' }, body: Buffer.from('{"queueDatas":[]}') }),
];
const frames = requests.flatMap((command) =>
  Object.values(HeaderForm).map((form) => Buffer.concat(encodeFrame(numbered(command, 1, 0), form))),
);

test('a name server bears whatever is sent, and serves whoever behaves', async () => {
  const random = seededRandom(seed);
  const clock = new NodeClock();
  const network = new NodeNetwork();
  const transport = { network, clock, logger: silentLogger };
  const errors: unknown[] = [];
  const logger = { ...silentLogger, error: (sentence: string, fields: unknown) => errors.push([sentence, fields]) };
  const acceptor = new TcpAcceptor({ ...transport, logger, host: '127.0.0.1', port: 0 });
  const server = new NameServer({ acceptors: [acceptor], clock, logger });
  await server.start();
  const client = await new TcpConnector(transport).connect(server.addresses[0], new Map(), 1000);
  await client.invoke(request(RequestCode.REGISTER_BROKER, { extFields: good, body }), 1000);

  for (let round = 0; round < ROUNDS; round++) {
    const closed = new Promise<void>((resolve) => {
      void network
        .connect(server.addresses[0], { timeoutMs: 1000 }, () => ({
          onData: () => {},
          onDrain: () => {},
          onClose: () => resolve(),
        }))
        .then((socket) => {
          for (const chunk of cut(mutate(pick(frames, random), random), random)) socket.write([chunk]);
          socket.end();
        });
    });
    await closed;
    if (round % 100 === 0) {
      const route = await client.invoke(
        request(RequestCode.GET_ROUTEINFO_BY_TOPIC, { extFields: { topic: 'U' } }),
        1000,
      );
      expect(route.body?.toString()).toContain('"good"');
    }
  }
  expect(errors).toEqual([]); // refusals are no errors; an error is something nobody thought of
  client.close();
  await server.stop();
});
