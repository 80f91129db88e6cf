// Apache's Node client, driven by a test as test/interop/java's Probe is: reads commands as JSON lines
// {id, command, ...}, answers each with {id, result} or {id, error}, reports messages as events. Ends when
// its input ends. The one argument is the folder that the client is installed in.
import { Buffer } from 'node:buffer';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const load = createRequire(join(process.argv[2], 'package.json'));
const { Producer, PushConsumer, SimpleConsumer, FilterExpression, ConsumeResult } = load('rocketmq-client-nodejs');
const { FilterType, TransactionResolution } = load('rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js');

/** @param {object} line */
const write = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const ignore = () => undefined;
const logger = { info: ignore, warn: console.error, error: console.error, debug: ignore, close: ignore };

/** Answers for checks that come, by first key. @type {Map<string, string>} */
const answers = new Map();
const checker = {
  /** @param {any} view */
  async check(view) {
    const decision = answers.get(view.keys[0]);
    if (decision === undefined) return null;
    write({ event: 'check', message: received(view) });
    return TransactionResolution[decision];
  },
};

/** By topic: a producer says at its start what it sends to. @type {Map<string, Promise<any>>} */
const producers = new Map();

/** @param {string} endpoints @param {string} topic */
function producerOf(endpoints, topic) {
  const key = `${endpoints} ${topic}`;
  const known = producers.get(key) ?? started(new Producer({ endpoints, topics: [topic], checker, logger }));
  producers.set(key, known);
  return known;
}

/** @param {any} client */
async function started(client) {
  await client.startup();
  return client;
}

/** @type {Map<string, Promise<any>>} */
const simpleConsumers = new Map();
/** Messages that were received and can be acknowledged or hidden, by message id. @type {Map<string, any>} */
const views = new Map();

/** @param {any} command */
function simpleConsumerOf({ endpoints, group, topic, awaitMs, ...filter }) {
  const key = `${endpoints} ${group}`;
  const subscriptions = new Map([[topic, expressionOf(filter)]]);
  const options = { endpoints, consumerGroup: group, subscriptions, awaitDuration: awaitMs, logger };
  const known = simpleConsumers.get(key) ?? started(new SimpleConsumer(options));
  simpleConsumers.set(key, known);
  return known;
}

/** @param {{ expression?: string, type?: 'TAG' | 'SQL92' }} filter */
function expressionOf({ expression = '*', type = 'TAG' }) {
  return new FilterExpression(expression, type === 'TAG' ? FilterType.TAG : FilterType.SQL);
}

/** @param {any} given */
function toSend({ body, properties, delayMs, ...message }) {
  return {
    ...message,
    body: Buffer.from(body, 'base64'),
    properties: new Map(Object.entries(properties)),
    ...(delayMs !== undefined && { deliveryTimestamp: new Date(Date.now() + delayMs) }),
  };
}

/** @param {any} view */
function received(view) {
  return {
    topic: view.topic,
    body: view.body.toString('base64'),
    tag: view.tag,
    keys: view.keys,
    properties: Object.fromEntries(view.properties),
    messageGroup: view.messageGroup,
    messageId: view.messageId,
    deliveryAttempt: view.deliveryAttempt,
    bornTimestamp: view.bornTimestamp.getTime(),
    receivedAt: Date.now(),
    isCorrupted: view.corrupted === true,
  };
}

/** @param {any} receipt */
function sent({ messageId, recallHandle }) {
  return { messageId, recallHandle };
}

/** @type {Record<string, (command: any) => Promise<unknown>>} */
const commands = {
  async send({ endpoints, messages }) {
    const receipts = [];
    for (const given of messages) {
      const message = toSend(given);
      receipts.push(sent(await (await producerOf(endpoints, message.topic)).send(message)));
    }
    return receipts;
  },

  async transaction({ endpoints, messages, decide, answer }) {
    const receipts = [];
    for (const given of messages) {
      const message = toSend(given);
      if (answer !== undefined) answers.set(message.keys[0], answer);
      const producer = await producerOf(endpoints, message.topic);
      const transaction = producer.beginTransaction();
      receipts.push(sent(await producer.send(message, transaction)));
      if (decide === 'COMMIT') await transaction.commit();
      if (decide === 'ROLLBACK') await transaction.rollback();
    }
    return receipts;
  },

  async recall({ endpoints, topic, recallHandle }) {
    return (await (await producerOf(endpoints, topic)).recallMessage(topic, recallHandle)).messageId;
  },

  /** A message whose first key is in `fail` fails as often as it says there. */
  async push({ endpoints, consumer, group, topic, fail = {}, ...filter }) {
    const failures = new Map(Object.entries(fail));
    const messageListener = {
      /** @param {any} view */
      async consume(view) {
        const left = failures.get(view.keys[0]) ?? 0;
        failures.set(view.keys[0], left - 1);
        write({ consumer, message: received(view) });
        return left > 0 ? ConsumeResult.FAILURE : ConsumeResult.SUCCESS;
      },
    };
    const subscriptions = new Map([[topic, expressionOf(filter)]]);
    await started(new PushConsumer({ endpoints, consumerGroup: group, subscriptions, messageListener, logger }));
  },

  async receive({ maxCount, invisibleMs, ...command }) {
    const messages = await (await simpleConsumerOf(command)).receive(maxCount, invisibleMs);
    for (const view of messages) views.set(view.messageId, view);
    return messages.map(received);
  },

  async acknowledge({ messageIds, ...command }) {
    const consumer = await simpleConsumerOf(command);
    for (const id of messageIds) await consumer.ack(views.get(id));
  },

  async hide({ messageId, invisibleMs, ...command }) {
    await (await simpleConsumerOf(command)).changeInvisibleDuration(views.get(messageId), invisibleMs);
  },
};

/** @param {any} line */
async function answerTo({ id, command, ...parameters }) {
  try {
    return { id, result: (await commands[command](parameters)) ?? null };
  } catch (error) {
    return { id, error: error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : String(error) };
  }
}

write({ event: 'ready' });
for await (const line of createInterface({ input: process.stdin })) void answerTo(JSON.parse(line)).then(write);
process.exit(0);
