import type { Patience, SqlDialect, SqlRow, SqlValue, UnitOfWork } from '../../lib/transaction/unit-of-work.js';

/** How one statement reaches a table. */
export interface Access {
  /** The statement without its values. */
  statement: string;
  /** Names of indexes that are searched; `scan` is all rows. */
  by: string[];
}

/** Asks a real database for its plan of each statement before it is executed. */
export class ExplainingUnitOfWork<Context> implements UnitOfWork<Context> {
  readonly accesses: Access[] = [];
  readonly dialect: SqlDialect;
  readonly description: string;

  /** @param table whose accesses are kept */
  constructor(
    private readonly real: UnitOfWork<Context>,
    private readonly table: string,
  ) {
    this.dialect = real.dialect;
    this.description = real.description;
  }

  open(): Promise<void> {
    return this.real.open();
  }

  current(): Context | undefined {
    return this.real.current();
  }

  run<Result>(work: (context: Context) => Promise<Result>): Promise<Result> {
    return this.real.run(work);
  }

  runAside<Result>(work: (context: Context) => Promise<Result>, patience: Patience): Promise<Result> {
    return this.real.runAside(work, patience);
  }

  async query(context: Context, sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    await this.explain(context, sql, values);
    return this.real.query(context, sql, values);
  }

  async execute(context: Context, sql: string, values?: readonly SqlValue[]): Promise<number> {
    await this.explain(context, sql, values);
    return this.real.execute(context, sql, values);
  }

  private async explain(context: Context, sql: string, values?: readonly SqlValue[]): Promise<void> {
    if (!new RegExp(`^\\s*(SELECT|UPDATE|DELETE)\\b.*\\b${this.table}\\b`, 's').test(sql)) return;
    const rows = await this.planOf(context, sql, values);
    const statement = sql.replace(/(\$\d+|\?)(, (\$\d+|\?))+/g, '…').replace(/\s+/g, ' ');
    this.accesses.push({ statement, by: accessesIn[this.dialect](rows, this.table) });
  }

  private async planOf(context: Context, sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    if (this.dialect === 'sqlite') return this.real.query(context, `EXPLAIN QUERY PLAN ${asQuery(sql)}`);
    if (this.dialect === 'mysql') return this.real.query(context, `EXPLAIN ${sql}`, values);
    // What a test can fill is small enough to be scanned in less time.
    await this.real.execute(context, 'SET LOCAL enable_seqscan = off');
    const plan = await this.real.query(context, `EXPLAIN (FORMAT JSON) ${sql}`, values);
    await this.real.execute(context, 'SET LOCAL enable_seqscan = on');
    return plan;
  }
}

/** libsql would not end a transaction in which a DELETE or UPDATE was explained. */
function asQuery(sql: string): string {
  return sql
    .replace(/^\s*DELETE FROM/, 'SELECT 1 FROM')
    .replace(/^\s*UPDATE (\S+)\s+SET .*?\bWHERE/s, 'SELECT 1 FROM $1 WHERE');
}

const accessesIn: Record<SqlDialect, (plan: readonly SqlRow[], table: string) => string[]> = {
  postgres(plan, table) {
    const [{ 'QUERY PLAN': explained }] = plan as [{ 'QUERY PLAN': [{ Plan: PostgresNode }] }];
    const nodesOf = (node: PostgresNode): PostgresNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
    const nodes = nodesOf(explained[0].Plan).filter((node) => / Scan$/.test(node['Node Type']));
    return nodes.flatMap((node) => {
      // A bitmap's heap is reached by the index below it.
      if (node['Node Type'] === 'Bitmap Heap Scan') return [];
      if (node['Node Type'] === 'Tid Scan') return ['tid'];
      const index = node['Index Name'];
      if (index === undefined) return node['Relation Name'] === table ? ['scan'] : [];
      if (!index.startsWith(`${table}_`) || index === `${table}_lane_pkey`) return [];
      return index === `${table}_pkey` && node['Index Cond'] === undefined ? ['scan'] : [index];
    });
  },
  mysql(plan, table) {
    const steps = plan as readonly { table: string | null; type: string; key: string | null }[];
    const ofTable = steps.filter((step) => step.table === table || step.table === 'o');
    return ofTable.map(({ type, key }) => (type === 'ALL' || type === 'index' || key === null ? 'scan' : key));
  },
  sqlite(plan, table) {
    const steps = plan.map(({ detail }) => String(detail)).filter((step) => new RegExp(` (${table}|o)\\b`).test(step));
    return steps.map((step) => {
      const index = /USING (?:COVERING )?INDEX (\S+)/.exec(step)?.[1];
      if (index !== undefined) return step.startsWith('SCAN') && index.startsWith('sqlite_') ? 'scan' : index;
      return /^SEARCH .* USING (INTEGER )?PRIMARY KEY/.test(step) ? 'primary key' : 'scan';
    });
  },
};

interface PostgresNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  Plans?: PostgresNode[];
}
