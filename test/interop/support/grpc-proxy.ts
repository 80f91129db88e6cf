import { freePorts } from './free-ports.js';
import { javaCommand } from './java-programs.js';
import { JsonLinesProcess } from './json-lines-process.js';

/** Apache's gRPC proxy in cluster mode: it has no store and is a client of the cluster's brokers. */
export class GrpcProxy {
  private constructor(
    /** `host:port` of its gRPC service. */
    readonly endpoints: string,
    private readonly process: JsonLinesProcess,
  ) {}

  static async start(nameServerAddresses: string): Promise<GrpcProxy> {
    const [grpcServerPort] = await freePorts([0]);
    const [remotingListenPort] = await freePorts([0]);
    const configuration = {
      proxyMode: 'CLUSTER',
      rocketMQClusterName: 'DefaultCluster',
      namesrvAddr: nameServerAddresses,
      grpcServerPort,
      remotingListenPort,
      localServeAddr: '127.0.0.1',
      // What is not acknowledged comes again soon, an empty topic is said to be empty soon, and brokers
      // soon know whom they can ask about a transaction.
      minInvisibleTimeMillsForRecv: 1_000,
      grpcClientConsumerMinLongPollingTimeoutMillis: 500,
      grpcClientConsumerMaxLongPollingTimeoutMillis: 2_000,
      transactionHeartbeatPeriodSecond: 1,
    };
    const command = [...javaCommand('5.3', 'interop.Proxy5'), JSON.stringify(configuration)];
    const process = await JsonLinesProcess.start('Apache’s gRPC proxy', command);
    return new GrpcProxy(`127.0.0.1:${grpcServerPort}`, process);
  }

  async stop(): Promise<void> {
    await this.process.kill();
  }
}
