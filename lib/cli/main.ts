#!/usr/bin/env node
import { connectEngine, NodeClock, silentLogger } from '../engine/index.js';
import { processKeyboard } from './output/keyboard.js';
import { processTerminal } from './output/terminal.js';
import { runCommandLine } from './program.js';

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
