import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { changeableOptions } from '../../lib/engine/broker/changeable-options.js';
import { NameServer } from '../../lib/engine/namesrv/name-server.js';
import { silentLogger } from '../../lib/engine/ports/logger.js';
import { request, type RemotingCommand } from '../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../lib/engine/protocol/response-code.js';
import { MemoryHub } from '../../lib/engine/remoting/memory-hub.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { BrokerRig } from '../support/broker-rig.js';

const ADDRESS = '127.0.0.1:9876';
const clock = new VirtualClock();
const hub = new MemoryHub({ clock, logger: silentLogger });
const nameServer = new NameServer({ acceptors: [hub.acceptor(ADDRESS)], clock, logger: silentLogger });
let rig: BrokerRig;

beforeAll(async () => {
  await nameServer.start();
  rig = await BrokerRig.start();
});

afterAll(async () => {
  await rig.broker.stop();
  await nameServer.stop();
});

const page = readFileSync(join(__dirname, '../../docs/request-codes.md'), 'utf8');
/** Code, name, what the broker does, what the name server does. */
const rows = page
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, code]) => /^\d+$/.test(code ?? ''))
  .map(([, code, name, broker, ofNameServer]) => ({ code: Number(code), name, broker, nameServer: ofNameServer }));

test('the page has every code, in order', () => {
  const codes = Object.entries(RequestCode).map(([name, code]) => ({ code, name }));
  const expected = codes.sort((a, b) => a.code - b.code);
  expect(rows.map(({ code, name }) => ({ code, name: name.replaceAll('`', '') }))).toEqual(expected);
});

test('what the page says is what broker and name server do', async () => {
  const channel = await hub.connector().connect(ADDRESS, new Map(), 1000);
  const actual: typeof rows = [];
  for (const { code, name } of rows) {
    const client = await rig.connect(); // some requests end the connection's registration
    const said = {
      broker: await outcome(client.ask(code)),
      nameServer: await outcome(channel.invoke(request(code), 1000)),
    };
    actual.push({ code, name, ...said });
  }
  channel.close();
  expect(actual).toEqual(rows);
});

test('the page names the settings that may be changed, and no other', () => {
  const [, listed = ''] = /nothing of such a request is changed:\n(.*)/.exec(page) ?? [];
  expect(Array.from(listed.matchAll(/`(\w+)`/g), ([, name]) => name)).toEqual([...changeableOptions]);
});

async function outcome(asked: Promise<RemotingCommand>): Promise<string> {
  const { code, remark = '' } = await asked;
  if (code !== ResponseCode.REQUEST_CODE_NOT_SUPPORTED) return 'answers';
  const reason = / not supported: (.*)$/.exec(remark)?.[1];
  return reason === undefined ? '–' : `refuses: ${reason}`;
}
