import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FastjsonValue } from '../../engine/index.js';
import { CommandError } from '../errors.js';

/** @throws CommandError naming the file, when it cannot be read or holds no list in JSON */
export async function readJsonList(path: string): Promise<FastjsonValue[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw new CommandError(`${path} cannot be read; name an existing file`);
  }
  const list = parse(path, text);
  if (!Array.isArray(list)) throw new CommandError(`${path} holds no JSON list`);
  return list;
}

/** Makes the directories above it. */
export async function writeJsonFile(path: string, content: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(content, undefined, 2)}\n`);
}

function parse(path: string, text: string): FastjsonValue {
  try {
    return JSON.parse(text) as FastjsonValue;
  } catch (error) {
    throw new CommandError(`${path} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
