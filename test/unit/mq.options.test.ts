import { ConfigurationError } from '../../lib/engine/index.js';
import { resolveOptions, type MqModuleOptions } from '../../lib/mq.options.js';

const embedded: MqModuleOptions = { engine: { type: 'embedded', storeDir: 'store' } };

function problemsOf(given: unknown): string[] {
  try {
    resolveOptions(given);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message.split('\n- ').slice(1);
  }
  return [];
}

it('fills in the defaults', () => {
  expect(resolveOptions(embedded)).toMatchObject({
    producer: { group: 'NEST_PRODUCER' },
    consumerDefaults: {},
    drainTimeoutMs: 30_000,
  });
});

it('takes what is given', () => {
  const options = {
    engine: { type: 'remote', nameServers: ['10.0.0.1:9876', '[::1]:9876', 'mq.example.org:9876'] },
    producer: { group: 'orders', sendMsgTimeoutMs: 500 },
    consumerDefaults: { group: 'all', consumeFrom: new Date(0), backoff: [1000], retryOn: () => true },
    shutdown: { drainTimeoutMs: 5 },
  };
  expect(problemsOf(options)).toEqual([]);
  expect(resolveOptions(options)).toMatchObject({ producer: { group: 'orders' }, drainTimeoutMs: 5 });
});

it('takes everything of a connection', () => {
  const pem = '-----BEGIN CERTIFICATE-----';
  const engine = {
    type: 'remote',
    nameServers: ['a:1'],
    acl: { accessKey: 'a', secretKey: 'b' },
    tls: { ca: pem, key: pem, cert: pem, trustAll: false },
    namespace: 'n',
  };
  expect(problemsOf({ engine })).toEqual([]);
  expect(
    problemsOf({ engine: { ...engine, acl: { accesKey: 'a', secretKey: 'b' }, tls: { ca: './ca.pem' } } }),
  ).toEqual([
    'engine.acl.accessKey: is missing; give it a string',
    'engine.acl.accesKey: unknown; did you mean accessKey?',
    "engine.tls.ca: must be a PEM text: a file's contents, not its path",
  ]);
});

it('finds name servers by their addresses or by a web page', () => {
  const nameServerEndpoint = 'http://127.0.0.1:8080/rocketmq/nsaddr';
  expect(problemsOf({ engine: { type: 'remote', nameServerEndpoint } })).toEqual([]);
  expect(problemsOf({ engine: { type: 'remote' } })).toEqual([
    "engine.nameServers: is missing; give it ['host:port'], or give a nameServerEndpoint",
  ]);
  expect(problemsOf({ engine: { type: 'remote', nameServers: ['a:1'], nameServerEndpoint } })).toEqual([
    'engine.nameServerEndpoint: excludes nameServers; give one of the two',
  ]);
  expect(problemsOf({ engine: { type: 'remote', nameServerEndpoint: '127.0.0.1:8080' } })).toEqual([
    "engine.nameServerEndpoint: must be a web page's address, such as http://host:8080/path",
  ]);
});

it('takes a thread for the broker, with or without settings of its own', () => {
  const withWorker = (worker: unknown) => problemsOf({ engine: { type: 'embedded', storeDir: 's', worker } });
  expect([true, false, {}, { maxYoungGenerationSizeMb: 64, execArgv: [] }].flatMap(withWorker)).toEqual([]);
  expect(withWorker('yes')).toEqual([expect.stringMatching(/^engine.worker: /)]);
});

it('keeps the identity of objects', () => {
  const methods = { open: noop, current: noop, run: noop, runAside: noop, query: noop, execute: noop };
  const unitOfWork = { ...methods, dialect: 'sqlite', description: 'x' };
  const serializer = { encode: noop, decode: noop };
  const options = resolveOptions({ ...embedded, serializer, transaction: { unitOfWork, producerGroup: 'p' } });
  expect(options.transaction?.unitOfWork).toBe(unitOfWork);
  expect(options.serializer).toBe(serializer);
});

it.each<[string, unknown, string[]]>([
  ['nothing', undefined, ['engine: is missing; give it an object']],
  [
    'an unknown kind of engine',
    { engine: { type: 'embeded' } },
    ["engine.type: must be 'embedded' or 'remote'; did you mean 'embedded'?"],
  ],
  [
    'misspelt options, all at once',
    {
      ...embedded,
      produser: {},
      consumerDefaults: { concurency: 1, pullBatchsize: 2 },
      engine: { type: 'embedded', storDir: 'x' },
    },
    [
      'engine.storeDir: is missing; give it a string',
      'engine.storDir: unknown; did you mean storeDir?',
      'consumerDefaults.concurency: unknown; did you mean concurrency?',
      'consumerDefaults.pullBatchsize: unknown; did you mean pullBatchSize?',
      'produser: unknown; did you mean producer?',
    ],
  ],
  [
    'an option of the other kind of engine',
    { engine: { type: 'remote', nameServers: ['a:1'], storeDir: 'x' } },
    [
      'engine.storeDir: unknown; known are type, nameServers, nameServerEndpoint, acl, tls, namespace, namespaceV2, localOffsetStoreDir, connectionInit',
    ],
  ],
  [
    'no name server',
    { engine: { type: 'remote', nameServers: [] } },
    ['engine.nameServers: must name at least one name server'],
  ],
  [
    'an address without a port',
    { engine: { type: 'remote', nameServers: ['localhost'] } },
    ["engine.nameServers.0: must be 'host:port', such as 127.0.0.1:9876"],
  ],
  ['a blank store', { engine: { type: 'embedded', storeDir: '' } }, ['engine.storeDir: must name a directory']],
  [
    'a port out of range',
    { engine: { type: 'embedded', storeDir: 'x', listen: { brokerPort: 70_000 } } },
    ['engine.listen.brokerPort: Too big: expected number to be <=65535'],
  ],
  [
    'a wrong consumeFrom',
    { ...embedded, consumerDefaults: { consumeFrom: 'begin' } },
    ["consumerDefaults.consumeFrom: must be 'first', 'last' or a Date"],
  ],
  [
    'a unit of work that is none',
    { ...embedded, transaction: { unitOfWork: {}, producerGroup: 'p' } },
    ['transaction.unitOfWork: must be a unit of work, such as new TypeOrmUnitOfWork(dataSource)'],
  ],
  [
    'a codec that is none',
    { ...embedded, serializer: { encode: noop } },
    ['serializer: must have the functions encode and decode'],
  ],
])('refuses %s', (_name, given, problems) => {
  expect(problemsOf(given)).toEqual(problems);
});

function noop(): void {
  return undefined;
}
