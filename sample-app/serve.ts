import { once } from 'node:events';
import type { Narrator } from './narrator.js';
import type { Shop } from './shop.js';

/** Runs until Ctrl-C. @returns false: a service has died */
export async function serve(shop: Shop, narrator: Narrator): Promise<boolean> {
  const orders = shop.url('orders');
  const points = shop.url('points');
  narrator.line(`
  orders  ${orders}/orders
  points  ${points}/points

Place an order, and look at its points:
  curl -s -X POST ${orders}/orders -H 'content-type: application/json' -d '{"customer":"ada","amount":120}'
  curl -s ${points}/points/ada

One whose payment is refused:
  curl -s -X POST ${orders}/orders -H 'content-type: application/json' -d '{"customer":"bob","amount":80,"card":"expired"}'

Ctrl-C ends it.`);
  const asked = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => true);
  const died = Promise.race([shop.died('orders'), shop.died('points')]).then(() => false);
  return Promise.race([asked, died]);
}
