import { Command, Option } from 'commander';
import { bashCompletion } from '../../../../lib/cli/completion/bash-completion.js';
import { commandTree } from '../../../../lib/cli/completion/command-tree.js';
import { fishCompletion } from '../../../../lib/cli/completion/fish-completion.js';
import { zshCompletion } from '../../../../lib/cli/completion/zsh-completion.js';

const program = new Command('rocketmq').option('--debug', 'log more');
program
  .command('start')
  .description("it's a start")
  .addOption(new Option('-l, --log-level <level>', 'what: all').choices(['warn', 'info']))
  .option('--dir <dir>', 'where');
program.command('dlq').description('dead').command('list').description('which').argument('<group>', 'the group');
const tree = commandTree(program);

test('the tree has a node for each command, with what can follow it', () => {
  expect(tree.map(({ path }) => path)).toEqual(['rocketmq', 'rocketmq start', 'rocketmq dlq', 'rocketmq dlq list']);
  expect(tree[0].commands).toEqual([
    { name: 'start', about: "it's a start" },
    { name: 'dlq', about: 'dead' },
  ]);
  expect(tree[1].options).toEqual([
    { names: ['-l', '--log-level'], about: 'what: all', takesValue: true, choices: ['warn', 'info'] },
    { names: ['--dir'], about: 'where', takesValue: true, choices: [] },
    { names: ['-h', '--help'], about: 'display help for command', takesValue: false, choices: [] },
  ]);
});

test('each shell gets every command, option and choice', () => {
  for (const script of [bashCompletion(tree), zshCompletion(tree), fishCompletion(tree)]) {
    for (const word of ['start', 'dlq', 'list', 'log-level', 'warn', 'info', 'debug']) expect(script).toContain(word);
  }
});

test('descriptions cannot end the quotes they stand in', () => {
  expect(zshCompletion(tree)).toContain("'start:it'\\''s a start'");
  expect(zshCompletion(tree)).toContain("'--log-level:what\\: all'");
  expect(fishCompletion(tree)).toContain("-d 'it\\'s a start'");
});
