import { dirname, join } from 'node:path';
import ts from 'typescript';
import type { DocBlock } from '../support/doc-blocks.js';

const root = join(__dirname, '../..');

/**
 * Compiles blocks together, as files of this project that exist in memory only. A page is a folder; a block whose
 * first line is a comment such as `// order.service.ts` is a file of that name, which its page's other blocks import.
 * @returns the errors of each block that has any
 */
export function typeErrors(blocks: readonly DocBlock[]): Map<DocBlock, string[]> {
  const files = new Map(blocks.map((block) => [fileOf(block), block]));
  const folders = new Set([...files.keys()].map((file) => dirname(file)));

  const configFile = join(root, 'tsconfig.json');
  const { config } = ts.readConfigFile(configFile, (path) => ts.sys.readFile(path)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  // An example shows how a thing is declared and need not use it.
  Object.assign(options, { noUnusedLocals: false, noUnusedParameters: false });

  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, directoryExists } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path)?.code ?? readFile(path);
  host.directoryExists = (path) => folders.has(path) || (directoryExists?.(path) ?? true);

  const errors = new Map<DocBlock, string[]>();
  for (const { file, start, messageText } of ts.getPreEmitDiagnostics(
    ts.createProgram([...files.keys()], options, host),
  )) {
    const block = file && files.get(file.fileName);
    const text = ts.flattenDiagnosticMessageText(messageText, '\n');
    if (!block) throw new Error(`${file?.fileName ?? 'tsconfig.json'}: ${text}`);
    const line = block.line + 1 + file.getLineAndCharacterOfPosition(start ?? 0).line;
    errors.set(block, [...(errors.get(block) ?? []), `${block.page}:${line} ${text}`]);
  }
  return errors;
}

function fileOf({ page, line, code }: DocBlock): string {
  const [, name] = /^\/\/ (\S+\.ts)$/m.exec(code.split('\n', 1)[0]) ?? [];
  return join(root, 'test/docs/in-memory', page, name ?? `line-${line}.ts`);
}
