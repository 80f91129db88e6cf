import { NameServerAddresses, type NameServerSource } from '../../../../lib/engine/client/name-server-addresses.js';
import type { HttpResponse } from '../../../../lib/engine/ports/http.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';
import { LogBook } from '../../../support/log-book.js';

const nameServerEndpoint = 'http://127.0.0.1:8080/rocketmq/nsaddr';
let clock: VirtualClock;
let log: LogBook;
let asked: string[];
let page: HttpResponse | Error;

beforeEach(() => {
  [clock, log, asked] = [new VirtualClock(), new LogBook(), []];
});

function create(source: NameServerSource): NameServerAddresses {
  const httpGet = async (url: string): Promise<HttpResponse> => {
    asked.push(url);
    if (page instanceof Error) throw page;
    return page;
  };
  return new NameServerAddresses(source, { clock, logger: log, httpGet });
}

test('the page is asked when its answer is needed first, then every two minutes', async () => {
  const addresses = create({ nameServerEndpoint });
  page = { status: 200, body: ' 10.0.0.1:9876;10.0.0.2:9876 \r\nsecond line' };
  addresses.start();
  expect(addresses.all).toEqual([]);
  const both = await Promise.all([addresses.known(), addresses.known()]);
  expect(both[0]).toEqual(['10.0.0.1:9876', '10.0.0.2:9876']);
  expect(asked).toEqual([nameServerEndpoint]);
  page = { status: 200, body: '10.0.0.3:9876' };
  await clock.advance(120_000);
  expect(addresses.all).toEqual(['10.0.0.3:9876']);
  expect(log.lines.findLast(({ sentence }) => sentence === 'name servers have changed')?.fields).toMatchObject({
    now: ['10.0.0.3:9876'],
  });
  await addresses.stop();
  await clock.advance(600_000);
  expect(asked).toHaveLength(2);
});

test('a page that fails leaves what is known', async () => {
  const addresses = create({ nameServerEndpoint });
  page = { status: 200, body: '10.0.0.1:9876' };
  await addresses.known();
  addresses.start();
  for (const failure of [new Error('ECONNREFUSED'), { status: 500, body: '' }, { status: 200, body: '<html>' }]) {
    page = failure;
    await clock.advance(120_000);
    expect(addresses.all).toEqual(['10.0.0.1:9876']);
  }
  expect(log.lines.filter(({ sentence }) => sentence === 'name servers could not be asked for')).toHaveLength(3);
  await addresses.stop();
});

test.each([
  [new Error('ECONNREFUSED'), 'CONNECT', /ECONNREFUSED/],
  [{ status: 404, body: '' }, 'CONNECT', /answered 404/],
  [{ status: 200, body: ' \n' }, 'PROTOCOL', /names no name servers/],
  [{ status: 200, body: 'no address' }, 'PROTOCOL', /it says 'no address'/],
])('%p tells who needs an address first', async (answer, code, text) => {
  page = answer;
  const asking = create({ nameServerEndpoint }).known();
  await expect(asking).rejects.toMatchObject({ code });
  await expect(asking).rejects.toThrow(text);
});

test('a unit has its own page', async () => {
  page = { status: 200, body: '10.0.0.1:9876' };
  await create({ nameServerEndpoint, unitName: 'east' }).known();
  expect(asked).toEqual([`${nameServerEndpoint}-east?nofix=1`]);
});

test.each<[NameServerSource, string]>([
  [{}, 'nameServers'],
  [{ nameServers: ['10.0.0.1'] }, 'nameServers'],
  [{ nameServers: ['10.0.0.1:0'] }, 'nameServers'],
  [{ nameServerEndpoint: 'nsaddr' }, 'nameServerEndpoint'],
  [{ nameServerEndpoint: 'ftp://x/y' }, 'nameServerEndpoint'],
  [{ nameServerEndpoint, nameServers: ['10.0.0.1:9876'] }, 'nameServerEndpoint'],
])('%j is refused', (source, field) => {
  let refused: unknown;
  try {
    create(source);
  } catch (error) {
    refused = error;
  }
  expect(refused).toMatchObject({ code: 'CONFIGURATION', field });
});
