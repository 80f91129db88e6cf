import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { JavaLoad } from '../broker/java-load.js';
import type { Server } from '../broker/servers.js';

export interface SendOrder {
  kind: 'send';
  topic: string;
  mode: 'sync' | 'async' | 'batch';
  bytes: number;
  ms: number;
  /** Senders that each wait for their send; `async` has 256 under way instead. */
  threads: number;
}

export interface DrainOrder {
  kind: 'drain';
  topic: string;
  group: string;
  count: number;
}

export type LoadOrder = SendOrder | DrainOrder;

export interface LoadOutcome {
  count: number;
  elapsedMs: number;
}

/** A client in a process of its own. */
export interface ClientLoad {
  readonly name: string;
  readonly pid: number;
  run(order: LoadOrder): Promise<LoadOutcome>;
  stop(): Promise<void>;
}

export async function startOurLoad(server: Server): Promise<ClientLoad> {
  const child: ChildProcess = fork('bench/client/our-load.ts', [server.nameServer], {
    execArgv: ['--import', './scripts/ts.mjs'],
  });
  const answer = async (): Promise<unknown> => {
    const [message] = (await once(child, 'message')) as [unknown];
    return message;
  };
  await answer();
  return {
    name: 'ours',
    pid: child.pid!,
    run: async (order) => {
      child.send(order);
      return (await answer()) as LoadOutcome;
    },
    stop: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

export interface JavaClientLoad {
  createTopic: JavaLoad['createTopic'];
  at(server: Server): Omit<ClientLoad, 'stop'>;
  stop(): Promise<void>;
}

export async function startJavaLoad(): Promise<JavaClientLoad> {
  const java = await JavaLoad.start();
  return {
    createTopic: (...to) => java.createTopic(...to),
    at: (server) => ({
      name: 'Java 5.3.3',
      pid: java.pid,
      run: (order) =>
        order.kind === 'send'
          ? java.send(server, order.topic, order, order.ms)
          : java.drain(server, order.topic, order.group, order.count),
    }),
    stop: () => java.stop(),
  };
}
