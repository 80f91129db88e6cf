import type { AdminClient } from '../../../lib/engine/index.js';
import { sharedProducerGroup } from '../../../lib/transport/known-mistakes.js';

function adminKnowing(...clientIds: string[]): Pick<AdminClient, 'clients'> {
  const clients = { producers: async () => clientIds.map((clientId) => ({ clientId })) };
  return { clients: clients as unknown as AdminClient['clients'] };
}

it('takes no notice of the only process of a producer group', async () => {
  expect(await sharedProducerGroup('orders', ['order', 'payment'], adminKnowing('a@1'))).toEqual([]);
});

it('warns when several processes answer for the transactions of a producer group', async () => {
  expect(await sharedProducerGroup('orders', ['order'], adminKnowing('a@1', 'b@2'))).toEqual([
    expect.stringMatching(/^producer group orders has 2 processes: .*give each service a producerGroup of its own$/),
  ]);
});

it('says nothing where no broker can tell', async () => {
  const clients = { producers: () => Promise.reject(new Error('no such topic')) };
  expect(await sharedProducerGroup('orders', ['order'], { clients } as never)).toEqual([]);
});
