import { parseArgs } from 'node:util';

export interface Flags {
  /** Keep running instead of telling the story. */
  serve: boolean;
  /** Order service and points service in a process each. */
  split: boolean;
  /** Kill the services at every step there is. */
  crash: boolean;
  /** Orders' messages by an outbox table instead of half messages. */
  outbox: boolean;
  /** Where orders, points and messages are kept; undefined: in a temporary directory, removed at the end. */
  data?: string;
  /** `host:port` of the name server of a RocketMQ cluster, used instead of the embedded engine. */
  namesrv?: string;
  /** HTTP port of the order service; the points service of --split gets the next one. */
  port?: number;
  help: boolean;
}

export const usage = `npm start -- [flags]

  (none)                tell the story: a few orders, a refused payment, a crash; ends with a table
  --crash               kill the services (SIGKILL) at every step of a transaction, one after the other
  --outbox              messages go by a table of the order database, instead of as half messages
  --serve               stay up, to try it with curl
  --port N              HTTP port of --serve, 3000 if not given; 0 takes a free one
  --split               the order service and the points service as two processes
  --namesrv HOST:PORT   use a RocketMQ cluster instead of the embedded engine
  --data DIR            keep databases and messages in DIR
  --help                these lines`;

/** A flag that cannot be meant; its message is for the person who typed it. */
export class FlagError extends Error {}

/** @throws FlagError */
export function readFlags(args: readonly string[]): Flags {
  const { port, namesrv, data, ...rest } = parse(args);
  if (namesrv !== undefined && !/^[^\s:]+:\d{1,5}$/.test(namesrv))
    throw new FlagError(`--namesrv takes HOST:PORT, such as 127.0.0.1:9876, not '${namesrv}'`);
  if (port !== undefined && !rest.serve) throw new FlagError('--port goes with --serve');
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) <= 65_535))
    throw new FlagError(`--port takes a number from 0 to 65535, not '${port}'`);
  if (data === '') throw new FlagError('--data takes a directory');
  if (rest.serve && rest.crash) throw new FlagError('--serve and --crash exclude each other');
  return { ...rest, namesrv, data, port: port === undefined ? undefined : Number(port) };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        serve: { type: 'boolean', default: false },
        split: { type: 'boolean', default: false },
        crash: { type: 'boolean', default: false },
        outbox: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        data: { type: 'string' },
        namesrv: { type: 'string' },
        port: { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    throw new FlagError(error instanceof Error ? error.message : String(error));
  }
}
