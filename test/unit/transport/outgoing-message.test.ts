import { Topic } from '../../../lib/decorators/topic.js';
import { InvalidMessageError } from '../../../lib/engine/index.js';
import {
  RocketRecordBuilder,
  toMessage,
  type Destination,
  type MessageSettings,
} from '../../../lib/transport/outgoing-message.js';
import { jsonPayloadCodec } from '../../../lib/transport/payload-codec.js';

const now = 1_000_000;

function message(destination: Destination, payload: unknown, settings: MessageSettings = {}) {
  return toMessage(destination, payload, settings, { codec: jsonPayloadCodec, now });
}

it.each<[Destination, { topic: string; tag?: string }]>([
  ['order', { topic: 'order', tag: undefined }],
  ['order:paid', { topic: 'order', tag: 'paid' }],
  [new Topic('order'), { topic: 'order', tag: undefined }],
  [new Topic('order', { tag: 'paid' }), { topic: 'order', tag: 'paid' }],
])('sends to %j', (destination, expected) => {
  expect(message(destination, {})).toMatchObject(expected);
});

it('marks the body with its content type, beside the headers', () => {
  expect(message('order', { id: 1 }, { headers: { source: 'shop' } })).toMatchObject({
    body: Buffer.from('{"id":1}'),
    properties: { source: 'shop', contentType: 'application/json' },
  });
});

it('says what the settings say', () => {
  const settings = { tag: 'paid', keys: ['o1', 'u1'], shardingKey: 'u1', delayLevel: 3 };
  expect(message('order:new', {}, settings)).toMatchObject(settings);
});

it('turns delays into a time of delivery', () => {
  expect(message('order', {}, { delay: 1500 }).deliverAt).toBe(now + 1500);
  expect(message('order', {}, { delay: new Date(7) }).deliverAt).toBe(7);
});

it('lets a record bring its own settings', () => {
  const record = new RocketRecordBuilder({ id: 1 })
    .setTag('paid')
    .setKeys('a', 'b')
    .setShardingKey('s')
    .setHeader('x', '1')
    .setHeader('y', '2')
    .setDelayLevel(2)
    .build();
  expect(message('order:new', record, { keys: 'other', headers: { z: '3' } })).toMatchObject({
    topic: 'order',
    tag: 'paid',
    keys: ['a', 'b'],
    shardingKey: 's',
    delayLevel: 2,
    body: Buffer.from('{"id":1}'),
    properties: { x: '1', y: '2' },
  });
});

it('gives each record of a builder its own settings', () => {
  const builder = new RocketRecordBuilder({ id: 1 }).setTag('a');
  const first = builder.build();
  builder.setTag('b').setPayload({ id: 2 });
  expect([first.settings.tag, first.payload.id]).toEqual(['a', 1]);
});

it.each([[undefined], [''], [null]])('refuses the destination %p', (destination) => {
  expect(() => message(destination as unknown as string, {})).toThrow(InvalidMessageError);
});

it('refuses a delay that is no time', () => {
  expect(() => message('order', {}, { delay: NaN })).toThrow(/delay: must be milliseconds/);
  expect(() => message('order', {}, { delay: new Date('never') })).toThrow(InvalidMessageError);
});
