import { Command } from 'commander';
import { libraryTables } from '../../transaction/library-tables.js';
import { prismaSchema } from '../../transaction/prisma.schema.js';
import { TransactionCoordinator } from '../../transaction/transaction-coordinator.js';
import { defaultTransactionTuning } from '../../transaction/transaction-options.js';
import type { RecordCount } from '../../transaction/transaction-record.js';
import type { SqlDialect } from '../../transaction/unit-of-work.js';
import { silentLogger, sleep } from '../../engine/index.js';
import type { CommandFactory } from '../admin-command.js';
import type { CliEnvironment } from '../cli-environment.js';
import { connectTo, withClusterOptions, type ClusterOptions } from '../cluster-connection.js';
import { CommandError, UsageError } from '../errors.js';
import { wholeNumber } from '../option-table.js';
import { Output } from '../output/output.js';
import { openTables, withDatabase, type OpenTables } from './database.js';
import { ageText } from './tx-text.js';

const dialects: readonly SqlDialect[] = ['postgres', 'mysql', 'sqlite'];
const hourMs = 3_600_000;
const rowsPerPurge = 1_000;
const sweepLookMs = 200;

/** `rocketmq tx init`: the library's tables, as text or made. */
export const txInit: CommandFactory = ({ terminal }) =>
  new Command('init')
    .description("prints the statements that make the library's tables, or makes them in a database")
    .option('--dialect <name>', `prints SQL for ${dialects.join(', ')}`)
    .option('--prisma', 'prints models for schema.prisma')
    .option('--url <url>', 'makes them in this database, where they are missing')
    .action(async ({ dialect, prisma, url }: { dialect?: string; prisma?: boolean; url?: string }) => {
      if ([dialect, prisma, url].filter((one) => one !== undefined).length !== 1)
        throw new UsageError('give one of --dialect, --prisma and --url');
      if (url !== undefined) await create(url, (text) => terminal.out(text));
      else terminal.out(dialect === undefined ? prismaSchema : statements(dialect));
    });

/** `rocketmq tx status`: how many records there are in each state. */
export const txStatus: CommandFactory = ({ terminal, clock }) =>
  withDatabase(new Command('status'))
    .description('transactions in a database: confirmed by the broker, not yet confirmed, rolled back')
    .option('--json', 'print JSON')
    .action(async ({ url, json }: { url: string; json?: boolean }) => {
      await using tables = await openTables(url);
      const counts = await countsOf(tables);
      const titles = ['Producer group', 'State', 'Records', 'Oldest'];
      const rows = counts.map((one) => [
        one.producerGroup,
        one.state,
        one.count,
        ageText(clock.now() - one.oldestCreatedAt),
      ]);
      new Output(terminal, json === true).table(counts, titles, rows, 'No transaction is recorded.');
    });

/** `rocketmq tx purge`: deletes what nobody asks about any more. */
export const txPurge: CommandFactory = ({ terminal, clock }) =>
  withDatabase(new Command('purge'))
    .description('deletes records of finished transactions; services do so by themselves')
    .option('--older-than <hours>', 'at least fileReservedTime of the broker', wholeNumber, 80)
    .option('--json', 'print JSON')
    .action(async ({ url, olderThan, json }: { url: string; olderThan: number; json?: boolean }) => {
      await using tables = await openTables(url);
      await countsOf(tables); // says it when the table is missing
      let purged = 0;
      let deleted: number;
      do {
        const before = clock.now() - olderThan * hourMs;
        deleted = await tables.run((manager) => tables.records.purge(manager, before, rowsPerPurge));
        purged += deleted;
      } while (deleted === rowsPerPurge);
      new Output(terminal, json === true).print({ purged }, `${purged} records deleted.`);
    });

/** `rocketmq tx sweep`: what a service that is away would do with what it has committed. */
export const txSweep: CommandFactory = (environment) =>
  withClusterOptions(withDatabase(new Command('sweep')))
    .description('has the broker deliver the messages of committed transactions that it has not confirmed')
    .option('--timeout <seconds>', 'gives up after this time', wholeNumber, 60)
    .option('--json', 'print JSON')
    .action((options: SweepOptions) => sweep(environment, options));

interface SweepOptions extends ClusterOptions {
  url: string;
  timeout: number;
  json?: boolean;
}

async function sweep(environment: CliEnvironment, options: SweepOptions): Promise<void> {
  const { clock, terminal } = environment;
  const { engine: connected } = await connectTo(options, environment);
  await using engine = connected;
  await using tables = await openTables(options.url);
  const unconfirmed = async (): Promise<RecordCount[]> =>
    (await countsOf(tables)).filter(({ state }) => state === 'unconfirmed');
  const before = total(await unconfirmed());
  const deadline = clock.monotonic() + options.timeout * 1_000;
  for (const { producerGroup } of await unconfirmed()) {
    await using coordinator = new TransactionCoordinator({
      ...defaultTransactionTuning,
      ...{ engine, unitOfWork: tables.unitOfWork, producerGroup, clock, logger: silentLogger, sweepIntervalMs: 1_000 },
    });
    await coordinator.start();
    const isLeft = async (): Promise<boolean> =>
      (await unconfirmed()).some((one) => one.producerGroup === producerGroup);
    while ((await isLeft()) && clock.monotonic() < deadline) await sleep(clock, sweepLookMs);
  }
  const left = total(await unconfirmed());
  new Output(terminal, options.json === true).print(
    { confirmed: before - left, unconfirmed: left },
    `${before - left} of ${before} confirmed.`,
  );
  if (left > 0)
    throw new CommandError(`${left} are still unconfirmed: not due yet, or their broker does not answer; try again`);
}

function total(counts: readonly RecordCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

async function countsOf(tables: OpenTables): Promise<RecordCount[]> {
  try {
    return await tables.run((manager) => tables.records.counts(manager));
  } catch (error) {
    if (!/no such table|does not exist|doesn't exist/.test(String(error))) throw error;
    throw new CommandError(
      `${tables.unitOfWork.description} has no table rmq_transaction_record; 'rocketmq tx init' makes it`,
    );
  }
}

function statements(dialect: string): string {
  const known = dialects.find((one) => one === dialect);
  if (known === undefined) throw new UsageError(`--dialect: "${dialect}" is none of ${dialects.join(', ')}`);
  return libraryTables.flatMap(({ ddl }) => ddl[known].map((statement) => `${statement};\n`)).join('');
}

async function create(url: string, say: (text: string) => void): Promise<void> {
  await using tables = await openTables(url);
  const { unitOfWork } = tables;
  await tables.run(async (manager) => {
    for (const { ddl } of libraryTables)
      for (const statement of ddl[unitOfWork.dialect]) await unitOfWork.execute(manager, statement);
  });
  say(`${unitOfWork.description} has ${libraryTables.map(({ name }) => name).join(', ')}.\n`);
}
