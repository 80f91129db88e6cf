import { NodeClock } from '../../../lib/engine/platform/node-clock.js';
import { NodeNetwork } from '../../../lib/engine/platform/node-network.js';
import { silentLogger } from '../../../lib/engine/ports/logger.js';
import { request, type RemotingCommand } from '../../../lib/engine/protocol/remoting-command.js';
import { RemotingClient } from '../../../lib/engine/remoting/remoting-client.js';
import { TcpConnector } from '../../../lib/engine/remoting/tcp-transport.js';

export interface Question {
  code: number;
  extFields?: Record<string, string>;
  body?: string;
}

const TIMEOUT_MS = 10_000;

/** Asks servers in plain requests, over one connection each. */
export class RawRequests {
  private readonly clock = new NodeClock();
  private readonly client = new RemotingClient({
    connector: new TcpConnector({ network: new NodeNetwork(), clock: this.clock, logger: silentLogger }),
    clock: this.clock,
  });

  start(): Promise<void> {
    return this.client.start();
  }

  stop(): Promise<void> {
    return this.client.stop();
  }

  ask(address: string, { code, extFields, body }: Question): Promise<RemotingCommand> {
    const content = { extFields: { ...extFields }, body: body === undefined ? undefined : Buffer.from(body) };
    return this.client.invoke(address, request(code, content), TIMEOUT_MS);
  }
}
