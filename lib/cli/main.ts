#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { connectEngine, NodeClock, silentLogger } from '../engine/index.js';
import { processKeyboard } from './output/keyboard.js';
import { processTerminal } from './output/terminal.js';
import { runCommandLine } from './program.js';

// V8 divides the half millisecond that young garbage takes among threads, and then waits for those that don't
// get a core: on a busy machine for 8 to 18 ms in one of a hundred collections, where one thread never needs 4.
setFlagsFromString('--no-parallel-scavenge');

void runCommandLine(process.argv.slice(2), {
  terminal: processTerminal(),
  keyboard: processKeyboard(),
  clock: new NodeClock(),
  variables: process.env,
  connect: (nameServers, how) => connectEngine({ ...how, nameServers, logger: silentLogger }),
  interruption,
}).then((exitCode) => {
  if (exitCode !== 0) process.exitCode = exitCode; // a command may have set its own
});

/** A second signal, of either kind, ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const onSignal = (): void => {
    for (const signal of signals) process.removeListener(signal, onSignal);
    controller.abort();
  };
  for (const signal of signals) process.on(signal, onSignal);
  return controller.signal;
}
