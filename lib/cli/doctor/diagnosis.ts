import type { BrokerFacts, Facts, Finding, GroupFacts, ReachedServer, StoreFacts } from './facts.js';

const MOST_CLOCK_SKEW_MS = 5000;
const DISK_IS_FILLING = 0.75;
const DISK_IS_FULL = 0.9;
const LEAST_FREE_BYTES = 1024 ** 3;
const LEAST_OPEN_FILES = 4096;
const FILES_ARE_SHORT = 0.8;

/** What the facts mean, the errors first. */
export function diagnose(facts: Facts): Finding[] {
  const findings = [
    ...facts.nameServers.flatMap(nameServer),
    ...(facts.nameServers.some(isUp) && facts.brokers.length === 0 ? [noBroker] : []),
    ...facts.brokers.flatMap(broker),
    ...facts.groups.flatMap(group),
    ...transactions(facts.givenUpTransactions),
    ...(facts.store ? store(facts.store) : []),
  ];
  return findings.sort((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
}

const noBroker = error(
  'the cluster',
  'no broker is registered',
  "start one with 'rocketmq broker -n …'; a broker that runs may know another name server",
);

function isUp({ problem }: ReachedServer): boolean {
  return problem === undefined;
}

function nameServer({ address, problem }: ReachedServer): Finding[] {
  if (problem === undefined) return [];
  return [error(`name server ${address}`, `cannot be reached: ${problem}`, 'start it, or correct -n or NAMESRV_ADDR')];
}

function broker({ brokerName, brokerId, address, problem, clockSkewMs = 0, diskRatio = 0 }: BrokerFacts): Finding[] {
  const subject = `broker ${brokerName} (id ${brokerId}) at ${address}`;
  if (problem !== undefined) {
    const remedy = 'start it; when it runs, its brokerIP1 leads elsewhere or a firewall is between';
    return [error(subject, `cannot be reached: ${problem}`, remedy)];
  }
  const findings: Finding[] = [];
  if (Math.abs(clockSkewMs) > MOST_CLOCK_SKEW_MS) {
    const seconds = Math.round(Math.abs(clockSkewMs) / 1000);
    const what = `its clock is ${seconds} s ${clockSkewMs > 0 ? 'ahead of' : 'behind'} this machine's`;
    findings.push(warning(subject, what, 'synchronize the clocks (NTP): delays and retention go by them'));
  }
  const percent = Math.round(diskRatio * 100);
  if (diskRatio >= DISK_IS_FULL) {
    findings.push(error(subject, `its disk is ${percent} % full`, 'make space, or sends will be refused'));
  } else if (diskRatio >= DISK_IS_FILLING) {
    findings.push(warning(subject, `its disk is ${percent} % full`, 'make space, or lower fileReservedTime'));
  }
  return findings;
}

function group(facts: GroupFacts): Finding[] {
  return [
    ...withoutConsumers(facts),
    ...duplicateIds(facts),
    ...unequalSubscriptions(facts),
    ...idleClients(facts),
    ...deadLetters(facts),
  ];
}

function withoutConsumers({ group: name, clients, lag }: GroupFacts): Finding[] {
  const topics = [...lag].filter(([, messages]) => messages > 0);
  if (clients.length > 0 || topics.length === 0) return [];
  const waiting = topics.map(([topic, messages]) => `${messages} in ${topic}`).join(', ');
  const remedy = "start its consumers, or remove the group with 'rocketmq deleteSubGroup' when it is no longer used";
  return [warning(`group ${name}`, `nobody consumes, and messages wait: ${waiting}`, remedy)];
}

/** One process is one client id on a broker; two with the same are taken for one when queues are shared out. */
function duplicateIds({ group: name, clients }: GroupFacts): Finding[] {
  const addresses = new Map<string, Set<string>>();
  for (const { clientId, clientAddr, brokerAddress } of clients) {
    const key = `${clientId} ${brokerAddress}`;
    addresses.set(key, (addresses.get(key) ?? new Set()).add(clientAddr));
  }
  return [...addresses]
    .filter(([, known]) => known.size > 1)
    .map(([key, known]) => {
      const [clientId] = key.split(' ');
      const what = `${known.size} consumers have the client id ${clientId}: ${[...known].join(', ')}`;
      return error(
        `group ${name}`,
        what,
        'give each an instance name of its own: they take the same queues, and leave others',
      );
    });
}

function unequalSubscriptions({ group: name, clients }: GroupFacts): Finding[] {
  const known = new Map<string, string[]>();
  for (const { clientId, subscriptions } of clients) {
    if (subscriptions === undefined) continue;
    const text = [...subscriptions].map(([topic, expression]) => `${topic} '${expression}'`);
    const key = text.sort().join(', ');
    const ids = known.get(key) ?? [];
    if (!ids.includes(clientId)) known.set(key, [...ids, clientId]);
  }
  if (known.size < 2) return [];
  const what = [...known].map(([text, ids]) => `${ids.join(', ')} to ${text}`).join('; ');
  const remedy =
    'let all consumers of a group subscribe to the same: brokers know one subscription a group, and messages get lost';
  return [error(`group ${name}`, `its consumers subscribe to different things: ${what}`, remedy)];
}

function idleClients({ group: name, clients, queues }: GroupFacts): Finding[] {
  const consumers = new Set(clients.map(({ clientId }) => clientId)).size;
  return [...queues]
    .filter(([, count]) => consumers > count && count > 0)
    .map(([topic, count]) => {
      const what = `${consumers} consumers share the ${count} queues of ${topic}: ${consumers - count} have nothing to do`;
      return warning(
        `group ${name}`,
        what,
        `give ${topic} more queues with 'rocketmq updateTopic', or run fewer consumers`,
      );
    });
}

function deadLetters({ group: name, deadLetters: count }: GroupFacts): Finding[] {
  if (count === 0) return [];
  const what = `${count} ${count === 1 ? 'message is' : 'messages are'} dead: every attempt failed`;
  return [warning(`group ${name}`, what, `look with 'rocketmq dlq list ${name}', then resend or purge them`)];
}

function transactions(givenUp: number): Finding[] {
  if (givenUp === 0) return [];
  const what = `${givenUp} stayed undecided and ${givenUp === 1 ? 'was' : 'were'} given up`;
  return [
    warning('transactions', what, "look with 'rocketmq tx list', then 'rocketmq tx resume' when their producer runs"),
  ];
}

function store({ directory, problem, freeBytes, totalBytes, openFiles, openFilesLimit }: StoreFacts): Finding[] {
  const subject = `store ${directory}`;
  if (problem !== undefined) return [error(subject, problem, 'name a directory that its broker may write to')];
  const findings: Finding[] = [];
  if (freeBytes !== undefined && freeBytes < LEAST_FREE_BYTES) {
    const share = totalBytes === undefined ? '' : ` of ${gib(totalBytes)}`;
    findings.push(error(subject, `only ${gib(freeBytes)}${share} are free`, 'make space, or sends will be refused'));
  }
  if (openFilesLimit !== undefined && openFilesLimit < LEAST_OPEN_FILES) {
    const what = `its process may have only ${openFilesLimit} files open`;
    findings.push(warning(subject, what, 'raise the limit (ulimit -n 65536): each connection takes one'));
  }
  if (openFiles !== undefined && openFilesLimit !== undefined && openFiles > openFilesLimit * FILES_ARE_SHORT) {
    const what = `its process has ${openFiles} of ${openFilesLimit} files open`;
    findings.push(error(subject, what, 'raise the limit (ulimit -n 65536), or connections will be refused'));
  }
  return findings;
}

function gib(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

function error(subject: string, what: string, remedy: string): Finding {
  return { severity: 'error', subject, what, remedy };
}

function warning(subject: string, what: string, remedy: string): Finding {
  return { severity: 'warning', subject, what, remedy };
}
