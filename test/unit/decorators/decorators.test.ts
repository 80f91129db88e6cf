import 'reflect-metadata';
import { PATTERN_METADATA, TRANSPORT_METADATA } from '@nestjs/microservices/constants.js';
import {
  ROCKET_LISTENERS,
  ROCKET_TRANSPORT,
  rocketTemplateToken,
  TRANSACTION_CHECKS,
  type ListenerDefinition,
  type TransactionCheckDefinition,
} from '../../../lib/decorators/metadata.js';
import { DeadLetterListener, RocketListener } from '../../../lib/decorators/rocket-listener.js';
import { Topic, type PayloadOf } from '../../../lib/decorators/topic.js';
import { TransactionCheck } from '../../../lib/decorators/transaction-check.js';

function definitionsOf(method: object): ListenerDefinition[] {
  return Reflect.getMetadata(ROCKET_LISTENERS, method) as ListenerDefinition[];
}

describe('@RocketListener', () => {
  const schema = { '~standard': { validate: (value: unknown) => ({ value }) } };

  it.each<[string, MethodDecorator, Partial<ListenerDefinition>]>([
    [
      'a topic',
      RocketListener('order'),
      { topics: ['order'], selector: { type: 'TAG', expression: '*' }, group: undefined },
    ],
    [
      'topic, tag and group',
      RocketListener('order', 'paid || lost', 'points'),
      { topics: ['order'], selector: { type: 'TAG', expression: 'paid || lost' }, group: 'points' },
    ],
    ['several topics', RocketListener(['a', new Topic('b')], '*', 'g'), { topics: ['a', 'b'] }],
    [
      'a typed topic, its tag and its schema',
      RocketListener(new Topic('order', { tag: 'paid', schema }), undefined, 'g'),
      { topics: ['order'], selector: { type: 'TAG', expression: 'paid' }, options: { schema } },
    ],
    [
      'a tag beside a typed topic',
      RocketListener(new Topic('order', { tag: 'paid' }), 'lost', 'g'),
      { selector: { type: 'TAG', expression: 'lost' } },
    ],
    [
      'SQL92',
      RocketListener('order', undefined, 'g', { selector: { type: 'SQL92', expression: 'a > 1' } }),
      { selector: { type: 'SQL92', expression: 'a > 1' } },
    ],
    [
      'dead letters',
      DeadLetterListener('points', { concurrency: 1 }),
      {
        topics: ['%DLQ%points'],
        group: 'points-DLQ',
        options: { consumeFrom: 'first', concurrency: 1, schema: undefined },
      },
    ],
    ['dead letters for a named group', DeadLetterListener('points', { group: 'morgue' }), { group: 'morgue' }],
  ])('%s', (_what, decorator, expected) => {
    class Orders {
      onPaid() {
        return undefined;
      }
    }
    decorator(Orders.prototype, 'onPaid', Object.getOwnPropertyDescriptor(Orders.prototype, 'onPaid')!);
    const [definition] = definitionsOf(Orders.prototype.onPaid);
    expect(definition).toMatchObject({ ...expected, source: 'Orders.onPaid' });
  });

  it('stacked, keeps every one with a pattern of its own, for our transport alone', () => {
    class Orders {
      @RocketListener('b', '*', 'g2')
      @RocketListener('a', 'x', 'g1')
      handle() {
        return undefined;
      }
    }
    const method = Orders.prototype.handle;
    expect(definitionsOf(method).map(({ topics, group }) => [topics[0], group])).toEqual([
      ['a', 'g1'],
      ['b', 'g2'],
    ]);
    expect(Reflect.getMetadata(PATTERN_METADATA, method)).toEqual(definitionsOf(method).map(({ pattern }) => pattern));
    expect(Reflect.getMetadata(TRANSPORT_METADATA, method)).toBe(ROCKET_TRANSPORT);
  });

  it('leaves other methods, and other classes, alone', () => {
    class Base {
      @RocketListener('a', '*', 'g')
      listens() {
        return undefined;
      }

      plain() {
        return undefined;
      }
    }
    class Overriding extends Base {
      override listens() {
        return undefined;
      }
    }
    expect(definitionsOf(Base.prototype.plain)).toBeUndefined();
    expect(definitionsOf(Overriding.prototype.listens)).toBeUndefined();
    expect(definitionsOf(Base.prototype.listens)).toHaveLength(1);
  });
});

it('@TransactionCheck keeps what it is for, stacked, too', () => {
  class Orders {
    @TransactionCheck({ topic: 'a' })
    @TransactionCheck({ producerGroup: 'orders' })
    check() {
      return 'COMMIT';
    }
  }
  expect(Reflect.getMetadata(TRANSACTION_CHECKS, Orders.prototype.check) as TransactionCheckDefinition[]).toEqual([
    { producerGroup: 'orders', source: 'Orders.check' },
    { topic: 'a', source: 'Orders.check' },
  ]);
});

it('a topic carries its payload type', () => {
  const orderPaid = new Topic<{ id: number }>('order');
  const payload: PayloadOf<typeof orderPaid> = { id: 1 };
  // @ts-expect-error -- id is a number
  const wrong: PayloadOf<typeof orderPaid> = { id: 'one' };
  expect([orderPaid.name, payload.id, wrong.id]).toEqual(['order', 1, 'one']);
});

it('tokens are texts, so that two copies of the library agree', () => {
  expect(rocketTemplateToken()).toBe('nestjs-rocketmq:template:default');
  expect(Symbol.keyFor(ROCKET_TRANSPORT)).toBe('nestjs-rocketmq');
});
