// node broker-process.js DIRECTORY [FAULT]
//
// A broker of its own process, for the fuzzer: tells its address, each error that nobody thought of, and on
// demand how much memory is in use after a collection.
import type { Acceptor } from '../../lib/engine/remoting/channel.js';
import { MemoryHub } from '../../lib/engine/remoting/memory-hub.js';
import { TcpAcceptor } from '../../lib/engine/remoting/tcp-transport.js';
import { createBrokerNode } from '../../lib/engine/servers/broker-node.js';
import { nodePorts } from '../../lib/engine/servers/node-ports.js';
import { silentLogger } from '../../lib/engine/ports/logger.js';
import { plantedFaults } from './broker-faults.js';

export type FromBroker = { address: string } | { error: string } | { memoryBytes: number };

const [directory, fault] = process.argv.slice(2);
const say = (message: FromBroker): void => void process.send?.(message);
const error = (sentence: string, fields?: object): void => {
  const cause = (fields as { error?: Error } | undefined)?.error;
  say({ error: `${sentence} ${JSON.stringify(fields)} ${cause?.stack ?? ''}` });
};
const ports = nodePorts({ logger: { ...silentLogger, error } });
const tcp = new TcpAcceptor({ ...ports, host: '127.0.0.1', port: 0 });
await tcp.bind();
const acceptor: Acceptor = {
  start: (processors, onOpen) => tcp.start(plantedFaults[fault]?.(processors) ?? processors, onOpen),
  refuse: () => tcp.refuse(),
  stop: () => tcp.stop(),
  get address() {
    return tcp.address;
  },
};
const broker = createBrokerNode(
  {
    settings: {
      storePathRootDir: directory,
      listenPort: Number(tcp.address.split(':')[1]),
      autoCreateTopicEnable: true,
      brokerName: 'broker-a',
      enablePropertyFilter: true,
      transactionTimeOut: 100,
      transactionCheckInterval: 100,
      mappedFileSizeCommitLog: 16 * 1024 * 1024,
    },
    acceptors: [acceptor],
    connector: new MemoryHub(ports).connector(),
    nameServers: [],
  },
  ports,
);
await broker.start();
process.on('message', () => {
  global.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  say({ memoryBytes: heapUsed + arrayBuffers });
});
process.on('disconnect', () => void broker.stop());
say({ address: tcp.address });
