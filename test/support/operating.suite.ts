import { setTimeout as pause } from 'node:timers/promises';
import { connectEngine, type Engine, type ReceivedMessage } from '../../lib/engine/index.js';
import { runHere, type CommandRun } from './test-terminal.js';

/** A cluster to operate on, whoever wrote it: SQL92 allowed, two transaction checks, one a second. */
export interface OperatedCluster {
  readonly nameServerAddresses: string;
  stop(): Promise<void>;
}

/** What such a cluster is set to, by RocketMQ's names. */
export const operatedSettings: Readonly<Record<string, string>> = {
  enablePropertyFilter: 'true',
  transactionTimeOut: '500',
  transactionCheckInterval: '1000',
  // Apache gives a transaction up in the very moment of its last check, answer or not; so there is one before the last.
  transactionCheckMax: '2',
  transactionOpBatchInterval: '100',
};

const POLLS = 150;
const POLL_MS = 200;

/** What `rocketmq top`, `tail`, `dlq`, `tx` and `doctor` do on a cluster. @param test a test that may also be a row of a table */
export function operating(
  start: () => Promise<OperatedCluster>,
  test: (name: string, check: () => Promise<void>) => void,
): void {
  let cluster: OperatedCluster;
  let engine: Engine;

  beforeAll(async () => {
    cluster = await start();
    engine = await connectEngine({ nameServers: [cluster.nameServerAddresses] });
  });

  afterAll(async () => {
    await engine.stop();
    await cluster.stop();
  });

  const rocketmq = (...words: string[]): Promise<CommandRun> =>
    runHere(words, { variables: { NAMESRV_ADDR: cluster.nameServerAddresses } });

  const json = async <T>(...words: string[]): Promise<T> => {
    const { code, output, errors } = await rocketmq(...words, '--json');
    if (code !== 0) throw new Error(`rocketmq ${words.join(' ')} ended with ${code}: ${errors}`);
    return JSON.parse(output) as T;
  };

  const lines = ({ output }: CommandRun): Record<string, unknown>[] =>
    output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  /** Asks again until the answer is what is waited for. */
  const eventually = async <T>(ask: () => Promise<T>, isIt: (answer: T) => boolean): Promise<T> => {
    for (let polls = 1; ; polls++) {
      const answer = await ask();
      if (isIt(answer)) return answer;
      if (polls === POLLS) throw new Error(`it stayed ${JSON.stringify(answer)}`);
      await pause(POLL_MS);
    }
  };

  const send = async (topic: string, bodies: readonly string[], tag?: string): Promise<void> => {
    const producer = engine.createProducer({ group: `${topic}-producers` });
    await producer.start();
    for (const [i, body] of bodies.entries()) {
      const message = { topic, body: Buffer.from(body), tag, keys: body, properties: { number: String(i) } };
      await producer.send(message);
    }
    await producer.stop();
  };

  /** Sends messages that become dead letters of a group at once, and which it will not pull any more. */
  const die = async (group: string, topic: string, bodies: readonly string[]): Promise<void> => {
    await engine.admin.topics.create(topic, { readQueueNums: 1, writeQueueNums: 1 });
    await send(topic, bodies, 'order');
    const consumer = engine.createPullConsumer({ group });
    await consumer.start();
    const [queue] = await consumer.fetchSubscribeMessageQueues(topic);
    for (let offset = 0, left = bodies.length; left > 0;) {
      const { messages, nextBeginOffset } = await consumer.pullBlockIfNotFound(queue, offset);
      for (const message of messages) await consumer.sendMessageBack(message, -1);
      left -= messages.length;
      offset = nextBeginOffset;
    }
    await consumer.updateConsumeOffset(queue, bodies.length);
    await consumer.stop();
    const countOf = (counts: { group: string; stored: number }[]) =>
      counts.find((each) => each.group === group)?.stored;
    await eventually(
      () => json<{ group: string; stored: number }[]>('dlq', 'list'),
      (counts) => countOf(counts) === bodies.length,
    );
  };

  /** Runs a consumer of the group until it has so many. */
  const consume = async (group: string, topic: string, count: number): Promise<ReceivedMessage[]> => {
    const messages: ReceivedMessage[] = [];
    const consumer = engine.createPushConsumer({
      group,
      subscriptions: [{ topic, expression: 'order' }],
      consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
      listener: {
        mode: 'concurrent',
        consume: async (batch) => {
          messages.push(...batch);
          return { status: 'SUCCESS' };
        },
      },
    });
    await consumer.start();
    await eventually(
      async () => messages.length,
      (got) => got >= count,
    );
    await consumer.stop();
    return messages;
  };

  test('tail prints a topic from its beginning, by tag and by SQL92, and moves no offsets', async () => {
    await send('TailTopic', ['a', 'b', 'c'], 'even');
    await send('TailTopic', ['x'], 'odd');
    const all = await rocketmq('tail', 'TailTopic', '--from', 'first', '--until-end', '--json');
    const bodies = lines(all).map(({ body }) => Buffer.from(String(body), 'base64').toString());
    expect(bodies.sort()).toEqual(['a', 'b', 'c', 'x']);
    const byTag = await rocketmq('tail', 'TailTopic', '--tag', 'odd', '--from', 'first', '--until-end', '--json');
    expect(lines(byTag)).toMatchObject([{ tag: 'odd', keys: ['x'] }]);
    const bySql = await rocketmq(
      'tail',
      'TailTopic',
      '--sql',
      'number > 1',
      '--from',
      'first',
      '--until-end',
      '--json',
    );
    expect(lines(bySql)).toMatchObject([{ keys: ['c'] }]);
    for (const { consumerOffset } of await engine.admin.offsets.progress('TOOLS_CONSUMER', 'TailTopic')) {
      expect(consumerOffset).toBeUndefined();
    }
  });

  test('tail prints what comes, and ends after so many', async () => {
    await send('TailNext', ['old']);
    const tail = rocketmq('tail', 'TailNext', '--from', 'first', '--count', '3');
    await send('TailNext', ['new', 'newer']);
    const { code, output } = await tail;
    expect(code).toBe(0);
    expect(output.trim().split('\n')).toHaveLength(3);
    expect(output).toMatch(/Z \S+\/\d+@\d+ keys=newer newer$/m);
  });

  test('dlq shows dead letters and gives them to their group again, with their properties and their origin', async () => {
    await die('dlq-group', 'DlqTopic', ['one', 'two', 'three']);
    const listed = await json<{ messageId: string; keys: string[] }[]>('dlq', 'list', 'dlq-group');
    expect(listed.map(({ keys }) => keys[0])).toEqual(['one', 'two', 'three']);
    const shown = await json<object>('dlq', 'show', 'dlq-group', listed[1].messageId);
    expect(shown).toMatchObject({ origin: 'DlqTopic', keys: ['two'], tag: 'order' });

    const dry = await rocketmq('dlq', 'resend', 'dlq-group', '--dry-run');
    expect(dry.errors).toContain('Would resend 3 dead letters of dlq-group.');
    expect(await json('dlq', 'resend', 'dlq-group', '--count', '2')).toMatchObject({ resent: 2 });
    expect((await json<unknown[]>('dlq', 'list', 'dlq-group')).length).toBe(1);
    expect(await json('dlq', 'resend', 'dlq-group')).toMatchObject({ resent: 1 });
    expect(await json<unknown[]>('dlq', 'list', 'dlq-group')).toEqual([]);
    expect((await json<unknown[]>('dlq', 'list', 'dlq-group', '--all')).length).toBe(3);

    const again = await consume('dlq-group', 'DlqTopic', 3);
    expect(again.map(({ messageId }) => messageId).sort()).toEqual(listed.map(({ messageId }) => messageId).sort());
    for (const message of again) {
      expect(message).toMatchObject({ topic: 'DlqTopic', tag: 'order', reconsumeTimes: 0 });
      expect(message.properties.get('number')).toMatch(/^[012]$/);
    }
  });

  test('dlq resend sends one by its id without passing over the others', async () => {
    await die('dlq-one', 'DlqOne', ['one', 'two']);
    const [, second] = await json<{ messageId: string }[]>('dlq', 'list', 'dlq-one');
    expect(await json('dlq', 'resend', 'dlq-one', '--id', second.messageId)).toMatchObject({ resent: 1 });
    expect(await json<unknown[]>('dlq', 'list', 'dlq-one')).toHaveLength(2);
  });

  test('dlq purge gives them up', async () => {
    await die('dlq-purged', 'DlqPurged', ['one', 'two']);
    expect(await json('dlq', 'purge', 'dlq-purged', '--dry-run')).toMatchObject({ purged: 2, isDryRun: true });
    expect(await json('dlq', 'purge', 'dlq-purged')).toMatchObject({ purged: 2 });
    const counts = await json<{ group: string }[]>('dlq', 'list');
    expect(counts.find(({ group }) => group === 'dlq-purged')).toEqual({ group: 'dlq-purged', waiting: 0, stored: 2 });
  });

  test('tx lists what is undecided, also when it was given up, and resumes it', async () => {
    interface Listed {
      state: string;
      messageId: string;
      producerGroup: string;
      topic: string;
    }
    await engine.admin.topics.create('TxTopic', { readQueueNums: 1, writeQueueNums: 1 });
    let answer: 'UNKNOWN' | 'COMMIT' = 'UNKNOWN';
    const producer = engine.createTransactionProducer({ group: 'tx-producers', checker: async () => answer });
    await producer.start();
    const decided = await producer.sendHalf({ topic: 'TxTopic', body: Buffer.from('decided') });
    await producer.end(decided.handle, 'COMMIT');
    const { result } = await producer.sendHalf({ topic: 'TxTopic', body: Buffer.from('undecided') });
    const listed = () => json<Listed[]>('tx', 'list', '--topic', 'TxTopic');
    const first = await eventually(listed, (found) => found.length === 1);
    expect(first[0]).toMatchObject({ messageId: result.messageId, producerGroup: 'tx-producers', topic: 'TxTopic' });
    await eventually(listed, (found) => found.length === 1 && found[0].state === 'GIVEN_UP');
    expect(await json('tx', 'show', result.messageId)).toMatchObject({ state: 'GIVEN_UP', checkTimes: 2 });

    expect((await rocketmq('tx', 'resume')).errors).toMatch(/either the message id of one transaction, or --all/);
    answer = 'COMMIT';
    expect(await json('tx', 'resume', '--all')).toMatchObject([{ messageId: result.messageId }]);
    await eventually(listed, (found) => found.length === 0);
    const tail = await rocketmq('tail', 'TxTopic', '--from', 'first', '--count', '2', '--json');
    expect(lines(tail).map(({ body }) => Buffer.from(String(body), 'base64').toString())).toContain('undecided');
    await producer.stop();
  });

  test('doctor names a group that nobody consumes, and dead letters', async () => {
    await engine.admin.topics.create('SickTopic', { readQueueNums: 1, writeQueueNums: 1 });
    await die('sick-group', 'SickTopic', ['dead']);
    await send('SickTopic', ['waits'], 'order');
    const { findings } = await json<{ findings: { subject: string; what: string }[] }>('doctor');
    const ofGroup = findings.filter(({ subject }) => subject === 'group sick-group').map(({ what }) => what);
    expect(ofGroup).toEqual([
      expect.stringMatching(/nobody consumes, and messages wait: 1 in SickTopic/),
      '1 message is dead: every attempt failed',
    ]);
    expect((await rocketmq('doctor', '--strict')).code).toBe(1);
  });

  test('doctor names consumers that subscribe to different things, and one client id that is there twice', async () => {
    await engine.admin.topics.create('TwinTopic', { readQueueNums: 2, writeQueueNums: 2 });
    // What makes client ids unique is taken from them.
    const random = { nextInt: () => 0, bytes: (length: number) => Buffer.alloc(length, 7) };
    const nameServers = [cluster.nameServerAddresses];
    await using first = await connectEngine({ nameServers, random });
    await using second = await connectEngine({ nameServers, random });
    await using third = await connectEngine({ nameServers });
    for (const [each, group, expression] of [
      [first, 'twin-group', 'red'],
      [second, 'twin-group', 'red'],
      [first, 'torn-group', 'red'],
      [third, 'torn-group', 'blue'],
    ] as const) {
      const subscriptions = [{ topic: 'TwinTopic', expression }];
      const listener = { mode: 'concurrent', consume: async () => ({ status: 'SUCCESS' as const }) } as const;
      await each.createPushConsumer({ group, subscriptions, listener }).start();
    }
    const errors = await eventually(
      async () => {
        const { output } = await rocketmq('doctor', '--json');
        const { findings } = JSON.parse(output) as { findings: { severity: string; subject: string; what: string }[] };
        return findings
          .filter(({ severity }) => severity === 'error')
          .map(({ subject, what }) => `${subject}: ${what}`);
      },
      (found) => found.length >= 2,
    );
    expect(errors.sort()).toEqual([
      expect.stringMatching(
        /^group torn-group: its consumers subscribe to different things: .*'(red|blue)'.*'(red|blue)'/,
      ),
      expect.stringMatching(
        /^group twin-group: 2 consumers have the client id \S+: 127\.0\.0\.1:\d+, 127\.0\.0\.1:\d+$/,
      ),
    ]);
  });

  test('top shows topics, groups, lag and dead letters', async () => {
    const sample = await json<{ topics: { topic: string }[]; groups: { group: string; topic: string }[] }>(
      'top',
      '--once',
    );
    expect(sample.topics).toContainEqual(
      expect.objectContaining({ topic: 'SickTopic', queues: 1, stored: 2, sent: 2 }),
    );
    expect(sample.groups).toContainEqual(
      expect.objectContaining({ group: 'sick-group', topic: 'SickTopic', clients: 0, lag: 1, deadLetters: 1 }),
    );
    const { output } = await rocketmq('top', '--once');
    expect(output).toMatch(/^sick-group +SickTopic +0 +\S+ +1 +\d+ +1$/m);
    for (const line of output.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
}
