import { CliTranscript } from '../../support/cli-transcript.js';
import { docBlocks } from '../../support/doc-blocks.js';
import { shownCommands } from '../../support/shown-commands.js';

const blocks = shownCommands(docBlocks('docs/cli.md'));

let transcript: CliTranscript;
beforeEach(async () => {
  transcript = await CliTranscript.start();
});
afterEach(() => transcript.stop());

/** Of the page's text. */
function pattern(printed: string): RegExp {
  const parts = printed.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*?')}$`);
}

/** What differs from run to run, and from machine to machine. */
function masked(json: string): string {
  return json
    .replace(/("commitLogDirCapacity": )".*"/g, '$1"<capacity>"')
    .replace(/("(?:commitLog|consumeQueue)DiskRatio[^"]*": )".*"/g, '$1"<ratio>"')
    .replace(/"[0-9A-F]{32}"/g, '"<message id>"')
    .replace(/[0-9A-F]{32}/g, '<message id>')
    .replace(/(127\.0\.0\.1)[@:](?!10911|9876)[\w.@#:-]+/g, '$1<client>');
}

test('the page on the command line prints what it says', async () => {
  for (const { line, commands } of blocks) {
    for (const { command, printed, isInterrupted } of commands) {
      const actual = await transcript.run(command, { isInterrupted });
      if (!pattern(printed).test(actual.trimEnd())) {
        throw new Error(`line ${line}: ${command}\nprints\n${actual}\ninstead of\n${printed}`);
      }
    }
  }
});

test('as JSON, too', async () => {
  for (const { commands } of blocks) {
    for (const { command, isInterrupted } of commands) {
      const asJson = command.includes('--json') ? command : `${command} --json`;
      expect(masked(await transcript.run(asJson, { isInterrupted }))).toMatchSnapshot(asJson);
    }
  }
});

test('each of mqadmin’s commands is shown', async () => {
  const help = await transcript.run('rocketmq --help');
  const [, ofClusters] = help.split('\nTopics:');
  const [shared] = ofClusters.split('\nWatching and mending:');
  const names = [...shared.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, name]) => name);
  const shown = blocks.flatMap(({ commands }) => commands).map(({ command }) => command.split(' ')[1]);
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name) => !shown.includes(name))).toEqual([]);
});
