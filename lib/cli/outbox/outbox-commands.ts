import { Command } from 'commander';
import type { EntityManager } from 'typeorm';
import { OutboxAdmin, type ParkedSelection } from '../../transaction/outbox/outbox-admin.js';
import { OutboxLanes } from '../../transaction/outbox/outbox-lanes.js';
import type { CommandFactory } from '../admin-command.js';
import { CommandError, UsageError } from '../errors.js';
import { wholeNumber } from '../option-table.js';
import { Output } from '../output/output.js';
import { renderFields } from '../output/table.js';
import { openTables, withDatabase } from '../tx/database.js';
import { ageText } from '../tx/tx-text.js';

const hourMs = 3_600_000;

interface Chosen extends ParkedSelection {
  all?: boolean;
}

/** `rocketmq outbox status`: how much waits, and what was given up. */
export const outboxStatus: CommandFactory = ({ terminal, clock }) =>
  withDatabase(new Command('status'))
    .description('rows of an outbox by their state, and those that are parked')
    .option('--count <n>', 'how many parked rows at most', wholeNumber, 20)
    .option('--json', 'print JSON')
    .action(async ({ url, count, json }: { url: string; count: number; json?: boolean }) => {
      const { status, parked } = await withOutbox(url, async (admin) => ({
        status: await admin.status(clock.now()),
        parked: await admin.parked(count),
      }));
      const output = new Output(terminal, json === true);
      if (output.isJson) {
        output.print({ ...status, parkedRows: parked }, '');
        return;
      }
      const { waiting, again, held, sent, lagMs } = status;
      const fields = renderFields([
        ['Waiting', waiting],
        ['Tried again', again],
        ['Held behind another', held],
        ['Parked', status.parked],
        ['Sent and kept', sent],
        ['Oldest', ageText(lagMs)],
      ]);
      output.print(undefined, fields);
      if (parked.length === 0) return;
      const titles = ['Parked', 'Message id', 'Topic', 'Sharding key', 'Attempts', 'Error'];
      const rows = parked.map(({ parkedAt, messageId, topic, shardingKey, attempts, lastError }) => [
        ageText(clock.now() - parkedAt),
        messageId,
        topic,
        shardingKey ?? '',
        attempts,
        lastError,
      ]);
      output.table(undefined, titles, rows);
    });

/** `rocketmq outbox resume`: parked rows are tried again. */
export const outboxResume: CommandFactory = ({ terminal, clock }) =>
  withSelection(new Command('resume'))
    .description('has parked rows tried again; what is held behind them follows')
    .action(async ({ url, json, ...chosen }: Chosen & { url: string; json?: boolean }) => {
      const selection = selectionOf(chosen);
      const resumed = await withOutbox(url, (admin) => admin.resume(selection, clock.now()));
      new Output(terminal, json === true).print({ resumed }, `${resumed} parked rows are tried again.`);
    });

/** `rocketmq outbox purge`: deletes parked rows, or sent ones that were kept. */
export const outboxPurge: CommandFactory = ({ terminal, clock }) =>
  withSelection(new Command('purge'))
    .description('deletes parked rows for good, so that what is held behind them is sent; or sent rows that were kept')
    .option('--sent-before <hours>', 'instead: rows that were sent so long ago', wholeNumber)
    .action(
      async ({ url, json, sentBefore, ...chosen }: Chosen & { url: string; json?: boolean; sentBefore?: number }) => {
        if (sentBefore !== undefined && Object.keys(chosen).length > 0)
          throw new UsageError('--sent-before goes without a choice of parked rows');
        const selection = sentBefore === undefined ? selectionOf(chosen) : {};
        const purged = await withOutbox(url, (admin) =>
          sentBefore === undefined ? admin.purgeParked(selection) : admin.purgeSent(clock.now() - sentBefore * hourMs),
        );
        const what = sentBefore === undefined ? 'parked' : 'sent';
        new Output(terminal, json === true).print({ purged }, `${purged} ${what} rows deleted.`);
      },
    );

function withSelection(command: Command): Command {
  return withDatabase(command)
    .option('-i, --message-id <id>', 'one parked row')
    .option('-t, --topic <topic>', 'those of a topic')
    .option('--all', 'all that are parked')
    .option('--json', 'print JSON');
}

/** Nobody resumes or deletes everything by leaving an option out. */
function selectionOf({ messageId, topic, all }: Chosen): ParkedSelection {
  if ([messageId, topic, all].filter((one) => one !== undefined).length !== 1)
    throw new UsageError('give one of --message-id, --topic and --all');
  return { messageId, topic };
}

async function withOutbox<Result>(
  url: string,
  work: (admin: OutboxAdmin<EntityManager>) => Promise<Result>,
): Promise<Result> {
  await using tables = await openTables(url);
  const { unitOfWork } = tables;
  const lanes = new OutboxLanes(unitOfWork, 'rocketmq outbox');
  try {
    return await work(new OutboxAdmin(unitOfWork, tables, lanes));
  } catch (error) {
    if (!/no such table|does not exist|doesn't exist/.test(String(error))) throw error;
    throw new CommandError(`${unitOfWork.description} has no outbox; 'rocketmq tx init' makes its tables`);
  }
}
