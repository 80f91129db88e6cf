import { docBlocks } from '../../support/doc-blocks.js';
import { CliTranscript } from '../../support/cli-transcript.js';

const blocks = docBlocks('docs/cli.md').filter(({ test }) => test === 'test/integration/cli/transcripts.test.ts');

/** `$ command` lines, each with what it prints below; `…` stands for what differs from run to run. */
function commandsOf(code: string): { command: string; printed: string }[] {
  return code
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command, ...printed] = text.split('\n');
      return { command, printed: printed.join('\n').trimEnd() };
    });
}

/** Of the page's text. */
function pattern(printed: string): RegExp {
  const parts = printed.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*?')}$`);
}

describe('the page on the command line prints what it says', () => {
  let transcript: CliTranscript;
  beforeAll(async () => {
    transcript = await CliTranscript.start();
  });
  afterAll(() => transcript.stop());

  test.each(blocks.map((block) => [block.line, block.code] as const))('from line %i', async (_line, code) => {
    for (const { command, printed } of commandsOf(code)) {
      expect((await transcript.run(command)).trimEnd()).toMatch(pattern(printed));
    }
  });

  test('each of mqadmin’s commands is shown', async () => {
    const help = await transcript.run('rocketmq --help');
    const [, ofClusters] = help.split('\nTopics:');
    const [shared] = ofClusters.split('\nWatching and mending:');
    const names = [...shared.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, name]) => name);
    const shown = blocks.flatMap(({ code }) => commandsOf(code)).map(({ command }) => command.split(' ')[1]);
    const notShown = ['startMonitoring', 'clusterRT', 'queryMsgTraceById']; // without end, or without a trace topic
    expect(names.filter((name) => !shown.includes(name) && !notShown.includes(name))).toEqual([]);
  });
});
