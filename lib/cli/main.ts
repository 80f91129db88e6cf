#!/usr/bin/env node
import { connectEngine, NodeClock, silentLogger } from '../engine/index.js';
import { processTerminal } from './output/terminal.js';
import { runCommandLine } from './program.js';

void runCommandLine(process.argv.slice(2), {
  terminal: processTerminal(),
  clock: new NodeClock(),
  variables: process.env,
  connect: (nameServers) => connectEngine({ nameServers, logger: silentLogger }),
  interruption,
}).then((exitCode) => {
  if (exitCode !== 0) process.exitCode = exitCode; // a command may have set its own
});

function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}
