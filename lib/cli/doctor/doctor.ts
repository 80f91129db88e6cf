import { adminCommand } from '../admin-command.js';
import { CommandError } from '../errors.js';
import { flag, optional } from '../option-table.js';
import type { Output } from '../output/output.js';
import { printable } from '../output/printable.js';
import { clusterFacts } from './cluster-facts.js';
import { diagnose } from './diagnosis.js';
import type { Facts, Finding } from './facts.js';
import { storeFacts } from './store-facts.js';

export const doctor = adminCommand({
  name: 'doctor',
  group: 'Watching and mending:',
  about: 'looks for what is wrong with a cluster, and says what to do; ends with 1 when something is',
  options: {
    storeDir: optional('--store-dir <dir>', 'also look at this store on this machine, and at the process that has it'),
    isStrict: flag('--strict', 'end with 1 on warnings, too'),
  },
  async run({ admin, output, clock, nameServers }, { storeDir, isStrict }) {
    const facts: Facts = {
      ...(await clusterFacts(admin, nameServers, clock)),
      store: storeDir === undefined ? undefined : await storeFacts(storeDir),
    };
    const findings = diagnose(facts);
    output.print({ findings, ...sizeOf(facts) }, report(facts, findings, output));
    const serious = findings.filter(({ severity }) => isStrict || severity === 'error').length;
    if (serious > 0) throw new CommandError(`${serious} of ${findings.length} findings need care`);
  },
});

function report(facts: Facts, findings: readonly Finding[], output: Output): string {
  const { nameServers, brokers, groups } = sizeOf(facts);
  const seen = `Looked at ${count(nameServers, 'name server')}, ${count(brokers, 'broker')} and ${count(groups, 'group')}`;
  if (findings.length === 0) return `${seen}: nothing is wrong.`;
  return [`${seen}.`, ...findings.map((finding) => findingText(finding, output))].join('\n');
}

function findingText({ severity, subject, what, remedy }: Finding, output: Output): string {
  const mark = output.style(severity === 'error' ? 'red' : 'yellow', severity.padEnd(7));
  return `${mark}  ${printable(`${subject}: ${what}`)}\n         ${printable(`-> ${remedy}`)}`;
}

function sizeOf({ nameServers, brokers, groups }: Facts): Record<'nameServers' | 'brokers' | 'groups', number> {
  return { nameServers: nameServers.length, brokers: brokers.length, groups: groups.length };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
