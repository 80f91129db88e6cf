import type { SendResult } from '../../../../lib/engine/index.js';
import type { Target } from '../../../support/engine-targets.js';
import { body, Inbox, withRig } from './rig.js';

/** A broker may go and come back: what was acknowledged is delivered, clients go on by themselves. */
export function restarting(target: () => Target): void {
  const rig = withRig(target);

  test('acknowledged messages are delivered across restarts', async () => {
    const inbox = new Inbox();
    await rig().consumer(inbox);
    const producer = await rig().producer();
    const acknowledged: string[] = [];
    let done = false;
    const load = (async () => {
      for (let n = 0; !done; n++) {
        const text = String(n);
        await producer.send({ topic: rig().topic, body: body(text) }).then(
          () => acknowledged.push(text),
          () => undefined, // refused: nothing was promised
        );
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let restart = 0; restart < 3; restart++) {
      const before = acknowledged.length;
      await rig().target.restartBroker();
      while (acknowledged.length < before + 20) await new Promise((resolve) => setImmediate(resolve));
    }
    done = true;
    await load;
    await inbox.until(() => {
      const seen = new Set(inbox.bodies);
      return acknowledged.every((text) => seen.has(text));
    });
    expect(acknowledged.length).toBeGreaterThanOrEqual(60);
  });

  test('offsets survive', async () => {
    const first = new Inbox();
    const consumer = await rig().consumer(first);
    const producer = await rig().producer();
    const send = (text: string): Promise<SendResult> => producer.send({ topic: rig().topic, body: body(text) });
    await Promise.all(['a', 'b', 'c'].map(send));
    await first.until(3);
    await consumer.stop();
    await rig().target.restartBroker();
    await send('d');
    const second = new Inbox();
    await rig().consumer(second);
    await second.until(1);
    expect(second.bodies).toEqual(['d']);
  });
}
