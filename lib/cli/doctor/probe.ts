import { connect } from 'node:net';

const PATIENCE_MS = 3000;

/** Knocks at a port. @returns why nobody opens; undefined when somebody does */
export function probe(address: string): Promise<string | undefined> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(address.slice(colon + 1)), timeout: PATIENCE_MS });
    const end = (problem?: string): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end(`no answer within ${PATIENCE_MS} ms`));
    socket.once('error', (error) => end(error.message));
  });
}
