import { spawnSync } from 'node:child_process';
import { parseBlocks } from '../support/doc-blocks.js';
import { problemsOfCommands } from './known-commands.js';
import { Reader } from './reader.js';
import { typeErrors } from './type-errors.js';

/* Guards the guard: what is wrong in a page has to be found. */

test('a comment belongs to the block right below it', () => {
  const page = ['<!-- test: run -->', '', '```bash', 'ls', '```', 'and', '```ts', 'f();', '```', ''];
  const lost = ['<!-- test: json -->', 'Text.', '  ```json', '  {}', '  ```'];
  expect(parseBlocks('page.md', [...page, ...lost].join('\n'))).toEqual([
    { page: 'page.md', line: 3, language: 'bash', code: 'ls\n', test: 'run' },
    { page: 'page.md', line: 7, language: 'ts', code: 'f();\n', test: undefined },
    { page: 'page.md', line: 13, language: 'json', code: '{}\n', test: undefined },
  ]);
});

test('a type error is found, and named by its page and line', () => {
  const block = (line: number, code: string) => ({ page: 'page.md', line, language: 'ts', code, test: 'types' });
  const exporting = block(1, '// order.ts\nexport interface Order {\n  id: number;\n}\n');
  const right = block(10, "import type { Order } from './order.js';\nexport const order: Order = { id: 1 };\n");
  const wrong = block(20, "import type { Order } from './order.js';\nexport const order: Order = { id: 'one' };\n");
  expect([...typeErrors([exporting, right, wrong]).values()]).toEqual([
    ["page.md:22 Type 'string' is not assignable to type 'number'."],
  ]);
});

test('commands that are only looked at have to be known, with what they are given', async () => {
  const right = 'npm ci && npm test\nnpx rocketmq dlq list billing # all of them\n';
  expect(await problemsOfCommands(right)).toEqual([]);
  const wrong =
    'npm run test:nothing\nnpm install prom-clients\nnpx rocketmq dlq lost\nnpx rocketmq dlq list billing --quickly\ncurl localhost\n';
  expect(await problemsOfCommands(wrong)).toEqual([
    expect.stringContaining('npm run test:nothing: nobody here knows'),
    expect.stringContaining('prom-clients: not among'),
    expect.stringContaining("unknown command 'lost'"),
    expect.stringContaining("unknown option '--quickly'"),
    expect.stringContaining('curl localhost: nobody here knows'),
  ]);
});

test('a command that fails is found', async () => {
  using reader = new Reader();
  await expect(reader.run('echo before; false; echo after', 'project')).rejects.toThrow('ended with 1:\nbefore\n');
});

test('what a block leaves running is there for the next, and ends with the page', async () => {
  const reader = new Reader();
  const pid = Number(await reader.run('sleep 300 & echo $!', 'project'));
  await reader.run(`kill -0 ${pid}`, 'project');
  reader[Symbol.dispose]();
  // The signal is on its way when dispose() returns. Ended is also who has not been buried yet.
  const state = (): string => spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  let looks = 1;
  while (!/^(Z.*)?$/.test(state()) && looks < 200) looks++;
  expect(state()).toMatch(/^(Z.*)?$/);
});

test('a program is what the compiler makes of it, and imports the other files of its page', async () => {
  using reader = new Reader();
  reader.write('name.ts', "export const name: string = 'Ada';\n");
  reader.write('main.ts', "import { name } from './name.js';\nconsole.log(`hello, ${name}`);\n");
  expect(await reader.runProgram('main.ts')).toBe('hello, Ada\n');
});

test('a program that goes on gets its Ctrl-C once it has printed what the page shows', async () => {
  using reader = new Reader();
  reader.write('main.ts', "console.log('[Nest] left out');\nconsole.log('up');\nsetInterval(() => undefined, 1000);\n");
  expect(await reader.runProgram('main.ts', /^up$/m)).toBe('up\n');
});

test('a program that fails is found', async () => {
  using reader = new Reader();
  reader.write('main.ts', "throw new Error('out of tea');\n");
  await expect(reader.runProgram('main.ts', /never/)).rejects.toThrow(/ended with 1:[^]*out of tea/);
});
