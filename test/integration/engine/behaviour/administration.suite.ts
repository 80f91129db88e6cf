import type { Target } from '../../../support/engine-targets.js';
import { body, Inbox, withRig } from './rig.js';

/** Topics, offsets and messages can be looked at. */
export function administration(target: () => Target): void {
  const rig = withRig(target, 2);

  test('topics are created, listed and deleted', async () => {
    const { admin } = rig().engine;
    const topic = `${rig().topic}-mine`;
    await admin.topics.create(topic, { readQueueNums: 3, writeQueueNums: 3 });
    expect(await admin.topics.names()).toContain(topic);
    expect(await admin.topics.queues(topic)).toHaveLength(3);
    await admin.topics.delete(topic);
    expect(await admin.topics.names()).not.toContain(topic);
    await expect(admin.topics.create('../x')).rejects.toMatchObject({ code: 'CONFIGURATION', field: 'topic' });
    await expect(admin.topics.create(topic, { brokerNames: ['nobody'] })).rejects.toMatchObject({
      field: 'brokerNames',
    });
    await expect(admin.topics.queues('Nowhere')).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
  });

  test('offsets follow the messages', async () => {
    const { admin } = rig().engine;
    const producer = await rig().producer();
    const [queue] = await admin.topics.queues(rig().topic);
    expect(await admin.offsets.max(queue)).toBe(0);
    expect(await admin.offsets.earliestStoreTime(queue)).toBeLessThanOrEqual(0);
    const before = Date.now();
    for (const text of ['a', 'b']) await producer.send({ topic: rig().topic, body: body(text) }, { queue });
    // Apache's broker counts a message a moment after it has acknowledged it.
    await untilDefined(async () => ((await admin.offsets.max(queue)) === 2 ? true : undefined));
    expect(await admin.offsets.min(queue)).toBe(0);
    expect(await admin.offsets.search(queue, before - 1000)).toBe(0);
    expect(await admin.offsets.search(queue, Date.now() + 60_000)).toBe(2);
    expect(await admin.offsets.earliestStoreTime(queue)).toBeGreaterThanOrEqual(before);
  });

  test('a message is found by either id and by its keys', async () => {
    const { admin } = rig().engine;
    const producer = await rig().producer();
    const { topic } = rig();
    const sent = await producer.send({ topic, body: body('wanted'), keys: ['order-1', 'customer-7'] });
    await producer.send({ topic, body: body('other'), keys: ['order-2'] });
    for (const id of [sent.messageId, sent.offsetMessageId]) {
      const found = await untilDefined(() => admin.messages.view(topic, id));
      expect(found).toMatchObject({ messageId: sent.messageId, offsetMessageId: sent.offsetMessageId });
      expect(found.body.toString()).toBe('wanted');
    }
    const byKey = await untilDefined(async () => {
      const found = await admin.messages.byKey(topic, 'customer-7');
      return found.length > 0 ? found : undefined;
    });
    expect(byKey.map((message) => message.body.toString())).toEqual(['wanted']);
    expect(await admin.messages.byKey(topic, 'nobody')).toEqual([]);
    expect(await admin.messages.view(topic, `${'0'.repeat(24)}00000000`)).toBeUndefined();
  });

  test('a group’s progress is known by queue', async () => {
    const { admin } = rig().engine;
    const { topic, group } = rig();
    const producer = await rig().producer();
    const inbox = new Inbox();
    const consumer = await rig().consumer(inbox);
    expect(await admin.clients.consumerIds(group, topic)).toHaveLength(1);
    for (let n = 0; n < 4; n++) await producer.send({ topic, body: body(`${n}`) });
    await inbox.until(4);
    const lags = async (): Promise<number[]> => (await admin.offsets.progress(group, topic)).map(({ lag }) => lag);
    const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);
    // Not stopped before: a pull that is under way carries an older commit, and Apache's broker may apply it last.
    await untilDefined(async () => (total(await lags()) === 0 ? true : undefined));
    await consumer.stop();
    await producer.send({ topic, body: body('late') });
    const left = await untilDefined(async () => ((await lags()).includes(1) ? lags() : undefined));
    expect(left.sort()).toEqual([0, 1]);
    expect(await admin.clients.consumerIds(group, topic)).toEqual([]);
  });
}

/** Looks that ask several brokers and clients, as an operator would. */
export function operation(target: () => Target): void {
  const rig = withRig(target, 2);

  test('groups are created, changed, listed and deleted', async () => {
    const { admin } = rig().engine;
    const group = `${rig().group}-mine`;
    const [{ address, cluster }] = await admin.brokers.list();
    expect(await admin.groups.config(group, address)).toBeUndefined();
    await admin.groups.create(group, { retryMaxTimes: 3 });
    expect(await admin.groups.config(group, address)).toMatchObject({ groupName: group, retryMaxTimes: 3 });
    await admin.groups.create(group, { retryMaxTimes: 4 }, { cluster });
    expect(await admin.groups.configs(address)).toContainEqual(expect.objectContaining({ retryMaxTimes: 4 }));
    await admin.groups.delete(group, { address });
    expect(await admin.groups.config(group, address)).toBeUndefined();
    await expect(admin.groups.create('a b')).rejects.toMatchObject({ code: 'CONFIGURATION', field: 'group' });
    await expect(admin.groups.create(group, {}, { cluster: 'nowhere' })).rejects.toMatchObject({ field: 'cluster' });
  });

  test('clients are known while they are connected', async () => {
    const { admin } = rig().engine;
    const { topic, group } = rig();
    const consumer = await rig().consumer(new Inbox());
    const producer = await rig().producer();
    await producer.send({ topic, body: body('x') });
    const online = await untilDefined(() => admin.clients.consumers(group));
    expect(online).toMatchObject({ consumeType: 'CONSUME_PASSIVELY', messageModel: 'CLUSTERING' });
    expect(online.subscriptions.map((subscription) => subscription.topic)).toContain(topic);
    const [{ clientId, language }] = online.connections;
    expect(language).toBe('NODE_JS');
    const status = await admin.clients.consumerStatus(group, clientId);
    expect(status.subscriptions.map((subscription) => subscription.topic)).toContain(topic);
    const [{ address }] = await admin.brokers.list();
    const producers = await admin.clients.producersOf(address);
    expect(producers.filter((each) => each.group.startsWith(group))).toMatchObject([{ language: 'NODE_JS' }]);
    await consumer.stop();
    expect(await admin.clients.consumers(group)).toBeUndefined();
    await expect(admin.clients.consumerStatus(group, clientId)).rejects.toMatchObject({ code: 'BROKER_RESPONSE' });
  });

  test('queues are read without being a consumer, and a group is set to another place', async () => {
    const { admin } = rig().engine;
    const { topic, group } = rig();
    const producer = await rig().producer();
    const [queue] = await admin.topics.queues(topic);
    const inbox = new Inbox();
    const consumer = await rig().consumer(inbox);
    for (const text of ['a', 'b', 'c']) await producer.send({ topic, body: body(text), tag: text }, { queue });
    await inbox.until(3);
    await consumer.stop();
    const page = await admin.messages.read(queue, 1, { expression: 'b || c' });
    expect(page.messages.map((message) => message.body.toString())).toEqual(['b', 'c']);
    expect(page).toMatchObject({ nextOffset: 3, minOffset: 0 });
    expect((await admin.messages.at(queue, 2))?.body.toString()).toBe('c');
    expect(await admin.messages.at(queue, 3)).toBeUndefined();
    expect((await admin.topics.statistics(topic)).queues[0]).toMatchObject({ queue, minOffset: 0, maxOffset: 3 });
    expect(await admin.topics.groups(topic)).toContain(group);
    const reset = await admin.offsets.reset(group, topic, { timestamp: 0 });
    expect(reset).toHaveLength(2);
    expect(reset).toContainEqual({ queue, offset: 0 });
  });

  test('name servers keep values, and take a broker out of sending', async () => {
    const { nameServers, topics } = rig().engine.admin;
    await nameServers.putKvConfig('space', 'key', 'value');
    expect(await nameServers.kvConfig('space', 'key')).toBe('value');
    expect(await nameServers.kvConfigs('space')).toEqual({ key: 'value' });
    await nameServers.deleteKvConfig('space', 'key');
    const { queueDatas } = await topics.route(rig().topic);
    const [{ topicCount }] = await nameServers.wipeWritePermission(queueDatas[0].brokerName);
    expect(topicCount).toBeGreaterThan(0);
    expect((await topics.route(rig().topic)).queueDatas[0].perm).toBe(4);
    await nameServers.addWritePermission(queueDatas[0].brokerName);
    expect((await topics.route(rig().topic)).queueDatas[0].perm).toBe(6);
  });

  test('brokers tell their settings and figures', async () => {
    const { brokers } = rig().engine.admin;
    const [{ address, brokerName }] = await brokers.list();
    expect(await brokers.config(address)).toMatchObject({ brokerName });
    expect(await brokers.runtimeInfo(address)).toHaveProperty('commitLogMaxOffset');
    expect(await brokers.haStatus(address)).toMatchObject({ master: true, replicas: [] });
    expect(await brokers.cleanUnusedTopics({ address })).toEqual([address]);
    await brokers.updateConfig(address, { transactionCheckMax: '9' });
    expect(await brokers.config(address)).toMatchObject({ transactionCheckMax: '9' });
    await brokers.updateConfig(address, { transactionCheckMax: '15' });
  });
}

/** Index and consume queue may follow the log a moment later. */
async function untilDefined<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look(); // the test's own timeout bounds this
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
