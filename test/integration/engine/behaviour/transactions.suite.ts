import type { TransactionChecker, TransactionProducer } from '../../../../lib/engine/index.js';
import type { Target } from '../../../support/engine-targets.js';
import { body, Inbox, withRig } from './rig.js';

/** A half message appears if and only if its transaction is committed. */
export function transactions(target: () => Target): void {
  const rig = withRig(target);
  let started: TransactionProducer[] = [];

  afterEach(async () => {
    await Promise.all(started.map((producer) => producer.stop()));
    started = [];
  });

  const start = async (checker: TransactionChecker, group = `${rig().group}-tx`): Promise<TransactionProducer> => {
    const producer = (await rig().target.connect()).createTransactionProducer({ group, checker });
    started.push(producer);
    await producer.start();
    return producer;
  };
  const notAsked: TransactionChecker = async () => undefined;
  const half = (text: string) => ({ topic: rig().topic, body: body(text), keys: text, tag: 'order' });

  test('committed, it appears; rolled back, it does not', async () => {
    const inbox = new Inbox();
    await rig().consumer(inbox);
    const producer = await start(notAsked);
    const [first, second, third] = [
      await producer.sendHalf(half('commit')),
      await producer.sendHalf(half('rollback')),
      await producer.sendHalf(half('last')),
    ];
    expect(inbox.bodies).toEqual([]);
    await producer.end(first.handle, 'COMMIT');
    await producer.end(second.handle, 'ROLLBACK');
    await inbox.until(1);
    await producer.end(third.handle, 'COMMIT');
    await inbox.until(2);
    expect(inbox.bodies).toEqual(['commit', 'last']);
    expect(inbox.messages[0]).toMatchObject({
      topic: rig().topic,
      messageId: first.result.messageId,
      transactionId: first.handle.transactionId,
      keys: ['commit'],
      tag: 'order',
    });
  });

  test('silent, its producer is asked, until it knows', async () => {
    const inbox = new Inbox();
    await rig().consumer(inbox);
    const asked: string[] = [];
    const producer = await start(async (message) => {
      const text = message.body.toString();
      asked.push(text);
      if (text === 'no') return 'ROLLBACK';
      return asked.filter((other) => other === text).length > 1 ? 'COMMIT' : 'UNKNOWN';
    });
    await producer.sendHalf(half('no'));
    await producer.sendHalf(half('yes'));
    await inbox.until(1);
    expect(inbox.bodies).toEqual(['yes']);
    expect(asked.filter((text) => text === 'yes').length).toBeGreaterThanOrEqual(2);
    expect(asked).toContain('no');
  });

  test('of a producer that is gone, another of its group is asked, which has sent nothing', async () => {
    const inbox = new Inbox();
    await rig().consumer(inbox);
    const gone = await start(notAsked);
    const { handle } = await gone.sendHalf(half('orphan'));
    await gone.stop();
    const heirs: string[] = [];
    await start(async (message, asked) => {
      heirs.push(`${message.body.toString()} ${asked.transactionId === handle.transactionId}`);
      return 'COMMIT';
    });
    await inbox.until(1);
    expect(heirs[0]).toBe('orphan true');
    expect(inbox.bodies).toEqual(['orphan']);
  });
}
