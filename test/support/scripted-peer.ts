import type { RemotingCommand } from '../../lib/engine/protocol/remoting-command.js';
import type { Acceptor, Channel, ProcessorTable, RequestProcessor } from '../../lib/engine/remoting/channel.js';
import type { MemoryHub } from '../../lib/engine/remoting/memory-hub.js';

/** A server whose answers a test can replace. */
export class ScriptedPeer {
  /** Every request it has seen. */
  readonly requests: RemotingCommand[] = [];
  protected readonly processors = new Map<number, RequestProcessor>();
  private acceptor?: Acceptor;

  constructor(
    private readonly hub: MemoryHub,
    readonly address: string,
  ) {}

  on(code: number, processor: RequestProcessor): void {
    this.processors.set(code, (command, channel) => {
      this.requests.push(command);
      return processor(command, channel);
    });
  }

  /** Answers the next `times` requests of this kind by `processor` instead. */
  once(code: number, processor: RequestProcessor, times = 1): void {
    const usual = this.processors.get(code);
    let left = times;
    this.processors.set(code, (command, channel) => {
      if (left-- > 0) {
        this.requests.push(command);
        return processor(command, channel);
      }
      if (usual) this.processors.set(code, usual);
      return usual?.(command, channel);
    });
  }

  requestsOf(code: number): RemotingCommand[] {
    return this.requests.filter((command) => command.code === code);
  }

  async start(): Promise<void> {
    const table: ProcessorTable = new Map([...this.processors.keys()].map((code) => [code, this.delegate(code)]));
    this.acceptor = this.hub.acceptor(this.address);
    await this.acceptor.start(table, (channel) => this.onOpen(channel));
  }

  /** All its connections are closed; nothing can be reached until start(). */
  async stop(): Promise<void> {
    await this.acceptor?.stop();
  }

  protected onOpen(_channel: Channel): void {}

  private delegate(code: number): RequestProcessor {
    return (command, channel) => this.processors.get(code)?.(command, channel);
  }
}
