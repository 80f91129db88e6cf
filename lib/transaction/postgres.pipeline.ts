import type { SqlStatement, SqlValue } from './unit-of-work.js';

/*
 * Several statements in one message of PostgreSQL's extended protocol, answered in one go: behind one
 * that fails none is executed. pg itself sends a statement when the one before it is answered.
 */

/** What is used of a client of pg that speaks the protocol itself, unlike the one of pg-native. */
export interface PipeliningClient {
  readonly processID: number | null;
  readonly connection: PostgresConnection;
  query(submittable: object): unknown;
}

interface PostgresConnection {
  readonly stream: { cork(): void; uncork(): void };
  close(statement: { type: 'S'; name: string }): void;
  parse(statement: { name: string; text: string }): void;
  bind(portal: { statement: string; values: readonly (string | Buffer | null)[] }): void;
  execute(): void;
  sync(): void;
}

/** What this process knows of a connection. */
interface ConnectionState {
  /** Names of the statements that the server keeps for it. */
  readonly prepared: Set<string>;
  /** Undefined: not asked yet. False: a pool between us and the server lets go of what it was given to keep. */
  isDirect?: boolean;
}
const states = new WeakMap<PostgresConnection, ConnectionState>();

export function isPipeliningClient(client: unknown): client is PipeliningClient {
  const { connection } = client as { connection?: Partial<PostgresConnection> };
  return ['close', 'parse', 'bind', 'execute', 'sync'].every(
    (method) => typeof connection?.[method as keyof PostgresConnection] === 'function',
  );
}

/** @returns how many rows each statement concerned @throws what the server says of the first that fails */
export function sendTogether(client: PipeliningClient, statements: readonly SqlStatement[]): Promise<number[]> {
  return new Promise((resolve, reject) => {
    client.query(
      new Pipeline(client.processID, statements, (error, counts) => (error ? reject(error) : resolve(counts))),
    );
  });
}

/** What pg calls a submittable: it writes the messages, and is called with their answers. */
class Pipeline {
  private readonly counts: number[] = [];
  private serverProcess?: number;

  constructor(
    private readonly processID: number | null,
    private readonly statements: readonly SqlStatement[],
    readonly callback: (error: Error | undefined, counts: number[]) => void,
  ) {}

  submit(connection: PostgresConnection): null {
    const state = stateOf(connection);
    connection.stream.cork();
    // A pool in transaction mode answers with another process than it had named at the beginning.
    if (state.isDirect === undefined) execute(connection, state, { sql: 'SELECT pg_backend_pid()', values: [] });
    for (const statement of this.statements) execute(connection, state, statement);
    connection.sync();
    connection.stream.uncork();
    return null;
  }

  handleDataRow({ fields: [field] }: { fields: readonly unknown[] }): void {
    this.serverProcess ??= Number(field);
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.counts.push(Number(/\d+$/.exec(text)?.[0] ?? 0));
  }

  handleReadyForQuery(connection: PostgresConnection): void {
    const state = stateOf(connection);
    if (state.isDirect === undefined) {
      state.isDirect = this.serverProcess === this.processID;
      this.counts.shift();
    }
    this.callback(undefined, this.counts);
  }

  handleError(error: Error, connection: PostgresConnection): void {
    stateOf(connection).prepared.clear(); // some of them may not have been reached
    this.callback(error, []);
  }

  handleRowDescription(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
}

function execute(connection: PostgresConnection, state: ConnectionState, { sql, values, name }: SqlStatement): void {
  const statement = state.isDirect === true && name !== undefined ? name : '';
  if (!state.prepared.has(statement)) {
    if (statement !== '') {
      connection.close({ type: 'S', name: statement });
      state.prepared.add(statement);
    }
    connection.parse({ name: statement, text: sql });
  }
  connection.bind({ statement, values: values.map(textOrBytes) });
  connection.execute();
}

function stateOf(connection: PostgresConnection): ConnectionState {
  let state = states.get(connection);
  if (state === undefined) states.set(connection, (state = { prepared: new Set() }));
  return state;
}

function textOrBytes(value: SqlValue): string | Buffer | null {
  if (value === null) return null;
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : String(value);
}
