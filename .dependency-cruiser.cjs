// The rooms of the engine, each with the rooms it may use. Of itself a room may use everything.
const base = ['common', 'ports'];
const wire = ['remoting', 'protocol', 'message', ...base];
const rooms = {
  ports: [],
  raft: [],
  platform: ['ports'],
  common: ['ports'],
  message: base,
  protocol: ['message', 'common'],
  remoting: ['protocol', ...base],
  access: wire,
  store: ['message', ...base],
  replication: ['raft', 'store', 'remoting', 'protocol', ...base],
  namesrv: ['access', ...wire],
  client: wire,
  broker: ['access', 'replication', 'store', ...wire],
};

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, may]) =>
      rule(
        `room-${room}`,
        may.length > 0 ? `${room} may use: ${may.join(', ')}.` : `${room} uses no other room.`,
        { path: `^lib/engine/${room}/` },
        { path: `^lib/(?!engine/(${[room, ...may].join('|')})/)` },
      ),
    ),
    rule('no-cycles', 'Two files that need each other are one idea, or hide a third.', {}, { circular: true }),
    rule(
      'engine-without-frameworks',
      'The engine runs without Nest, rxjs or an ORM.',
      { path: '^lib/engine/' },
      { path: '(^|/)(@nestjs|typeorm|@prisma|rxjs)(/|$)' },
    ),
    rule(
      'only-platform-reaches-the-system',
      'Files, sockets, timers and threads come through a port.',
      { path: '^lib/(?!engine/platform/|cli/|dashboard/)' },
      { path: '^(node:)?(fs|net|tls|http|https|timers|worker_threads)(/|$)' },
    ),
    rule(
      'no-child-process',
      'Nothing that is received can start a program.',
      { path: '^lib/' },
      { path: '^(node:)?child_process$' },
    ),
    rule(
      'only-roots-see-platform',
      'Composition roots hand the platform to the rest as ports.',
      {
        path: '^lib/',
        pathNot:
          '^lib/(testing/|engine/(platform/|servers/|(index|embedded-engine|embedded-worker|worker-engine|connect)\\.ts$))',
      },
      { path: '^lib/engine/platform/' },
    ),
    rule(
      'one-door-to-the-engine',
      'Outside the engine only engine/index.ts is seen; the testing kit puts an engine together itself.',
      { path: '^lib/(?!engine/|testing/)' },
      { path: '^lib/engine/(?!index\\.ts$)' },
    ),
    rule(
      'decorators-are-metadata',
      'Decorators use Nest and nothing of ours.',
      { path: '^lib/decorators/' },
      { path: '^lib/(?!decorators/)' },
    ),
    rule(
      'transaction-below-transport',
      'transaction, then transport, then the module: each knows those before it.',
      { path: '^lib/transaction/' },
      { path: '^lib/(transport/|mq\\.module\\.ts$)' },
    ),
    rule(
      'transport-below-module',
      'The module wires; nobody asks it.',
      { path: '^lib/transport/' },
      { path: '^lib/mq\\.module\\.ts$' },
    ),
    rule(
      'optional-peers-have-doors',
      'Libraries of telemetry are loaded by those who ask for them.',
      { path: '^lib/(?!open-telemetry/|health/|metrics/(prometheus|index)\\.ts$)' },
      { path: '(^|/)(@opentelemetry|prom-client|@nestjs/terminus)(/|$)' },
    ),
    rule(
      'lib-stands-alone',
      'What is published uses nothing that is not.',
      { path: '^lib/' },
      { path: '^(sample-app|test|bench|scripts|dist)/' },
    ),
    rule(
      'sample-is-a-user',
      'The sample imports nestjs-rocketmq by its public names.',
      { path: '^sample-app/' },
      { path: '^(lib|test|bench|scripts|dist)/', dependencyTypesNot: ['aliased'] },
    ),
    // An import that leads nowhere would slip past every rule above.
    rule('resolvable', 'The file or package is not there.', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
