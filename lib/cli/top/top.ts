import { sleep } from '../../engine/index.js';
import { adminCommand, type CommandContext } from '../admin-command.js';
import { CommandError, UsageError } from '../errors.js';
import { flag, optional, wholeNumber } from '../option-table.js';
import { collect } from './collect.js';
import { withRatesSince, type Sample } from './sample.js';
import { renderTop, sortKeys, type SortKey } from './top-view.js';

const DEFAULT_INTERVAL_S = 2;
const CTRL_C = '\x03';
/** Home, and behind each line the rest of the old one away; at the end what was below. */
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const CLEAR_ALL = '\x1b[2J';
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';

export const top = adminCommand({
  name: 'top',
  group: 'Watching and mending:',
  about: 'rates, lag, retries, dead letters and pending transactions, as they change',
  options: {
    interval: optional('--interval <s>', 'seconds between two looks', wholeNumber, DEFAULT_INTERVAL_S),
    sort: optional('--sort <key>', `what comes first: ${Object.values(sortKeys).join(', ')}`, sortKeyOf, 'lag'),
    isOnce: flag('--once', 'print one look and end; rates are those of the last minute'),
  },
  async run(context, { interval, sort, isOnce }) {
    const { output, admin, clock } = context;
    if (isOnce) {
      const sample = await collect(admin, clock);
      const view = { cluster: clusterOf(context), sort, columns: output.terminal.columns };
      output.print(sample, renderTop(sample, view).slice(0, -2).join('\n'));
      return;
    }
    if (output.isJson) throw new UsageError('--json shows one look: add --once');
    if (interval === 0) throw new UsageError('--interval is 1 second or more');
    await live(context, sort, interval * 1000);
  },
});

async function live(context: CommandContext, firstSort: SortKey, intervalMs: number): Promise<void> {
  const { output, admin, clock, keyboard } = context;
  const { terminal } = output;
  if (!keyboard || terminal.rows === undefined)
    throw new CommandError('top needs a terminal; elsewhere there is top --once');
  const ending = new AbortController();
  context.interruption().addEventListener('abort', () => ending.abort(), { once: true });
  let sort = firstSort;
  let shown: Sample | undefined;
  let problem: string | undefined;
  const draw = (): void => {
    if (!shown) return;
    const { columns, rows } = terminal;
    const lines = renderTop(shown, { cluster: clusterOf(context), sort, columns, rows, problem });
    terminal.out(HOME + lines.map((line) => line + CLEAR_LINE).join('\r\n') + CLEAR_BELOW);
  };
  const stopListening = keyboard.listen((key) => {
    if (key === 'q' || key === CTRL_C) ending.abort();
    if (!Object.hasOwn(sortKeys, key)) return;
    sort = sortKeys[key];
    draw();
  });
  terminal.out(HIDE_CURSOR + CLEAR_ALL);
  try {
    for (let last: Sample | undefined; !ending.signal.aborted;) {
      try {
        const sample = await collect(admin, clock);
        shown = withRatesSince(sample, last);
        last = sample;
        problem = undefined;
      } catch (error) {
        if (!shown) throw error;
        problem = error instanceof Error ? error.message : String(error);
      }
      draw();
      await sleep(clock, intervalMs, ending.signal).catch(() => undefined); // aborted: the loop ends
    }
  } finally {
    stopListening();
    terminal.out(`${SHOW_CURSOR}\r\n`);
  }
}

function clusterOf({ nameServers }: CommandContext): string {
  return nameServers.join(';');
}

function sortKeyOf(text: string): SortKey {
  const key = Object.values(sortKeys).find((each) => each === text);
  if (key === undefined) throw new UsageError(`--sort ${text}: there are ${Object.values(sortKeys).join(', ')}`);
  return key;
}
