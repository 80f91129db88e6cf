import type { RocketListenerOptions, Selector } from '../../../lib/decorators/metadata.js';
import { ConfigurationError } from '../../../lib/engine/index.js';
import { findListener, planGroups, type Listener } from '../../../lib/transport/subscription-plan.js';

interface Given {
  source: string;
  topics?: string[];
  tag?: string;
  selector?: Selector;
  group?: string;
  options?: RocketListenerOptions;
}

function listener({ source, topics = ['order'], tag = '*', selector, group, options = {} }: Given): Listener {
  return {
    definition: {
      pattern: source,
      source,
      topics,
      selector: selector ?? { type: 'TAG', expression: tag },
      group,
      options,
    },
    handle: () => source,
  };
}

function problemsOf(...given: Given[]): string {
  try {
    planGroups(given.map(listener));
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error('no problem was found');
}

describe('planGroups', () => {
  it('joins the tags of a group into one subscription for each topic', () => {
    const [plan] = planGroups(
      [
        { source: 'A.paid', tag: 'paid', group: 'g' },
        { source: 'A.refunded', tag: 'refunded || lost', group: 'g' },
        { source: 'A.any', topics: ['stock', 'price'], group: 'g' },
      ].map(listener),
    );

    expect(plan.subscriptions).toEqual([
      { topic: 'order', type: 'TAG', expression: 'paid || refunded || lost' },
      { topic: 'stock', type: 'TAG', expression: '*' },
      { topic: 'price', type: 'TAG', expression: '*' },
    ]);
  });

  it('keeps groups apart: each gets every message', () => {
    const plans = planGroups(
      [
        { source: 'A.a', group: 'g1' },
        { source: 'B.b', group: 'g2' },
      ].map(listener),
    );
    expect(plans.map(({ group, subscriptions }) => [group, subscriptions.length])).toEqual([
      ['g1', 1],
      ['g2', 1],
    ]);
  });

  it('gives listeners without a group the default one', () => {
    const plans = planGroups([listener({ source: 'A.a' })], 'fallback');
    expect(plans.map(({ group }) => group)).toEqual(['fallback']);
  });

  it('routes by tag; a listener of one tag goes before a listener of all', () => {
    const [plan] = planGroups(
      [
        { source: 'A.all', tag: '*', group: 'g' },
        { source: 'A.paid', tag: 'paid', group: 'g' },
      ].map(listener),
    );
    const taker = (topic: string, tag?: string) => findListener(plan, { topic, tag })?.definition.source;

    expect(plan.subscriptions).toEqual([{ topic: 'order', type: 'TAG', expression: '*' }]);
    expect(taker('order', 'paid')).toBe('A.paid');
    expect(taker('order', 'refunded')).toBe('A.all');
    expect(taker('order')).toBe('A.all');
    expect(taker('stock', 'paid')).toBeUndefined();
  });

  it('finds nobody for a tag that is not subscribed', () => {
    const [plan] = planGroups([listener({ source: 'A.paid', tag: 'paid', group: 'g' })]);
    expect(findListener(plan, { topic: 'order', tag: 'lost' })).toBeUndefined();
    expect(findListener(plan, { topic: 'order' })).toBeUndefined();
  });

  it('hands SQL92 to the broker', () => {
    const selector: Selector = { type: 'SQL92', expression: 'amount > 100' };
    const [plan] = planGroups([listener({ source: 'A.big', selector, group: 'g' })]);

    expect(plan.subscriptions).toEqual([{ topic: 'order', type: 'SQL92', expression: 'amount > 100' }]);
    expect(findListener(plan, { topic: 'order', tag: 'any' })?.definition.source).toBe('A.big');
  });

  it('applies a group option to the whole group, whoever gives it', () => {
    const [plan] = planGroups([
      listener({ source: 'A.paid', tag: 'paid', group: 'g', options: { mode: 'orderly' } }),
      listener({ source: 'A.lost', tag: 'lost', group: 'g', options: { concurrency: 3 } }),
    ]);
    expect(plan.options).toEqual({ mode: 'orderly', concurrency: 3 });
  });
});

describe('a contradiction is an error that names both listeners', () => {
  it.each<[string, Given[], string[]]>([
    [
      'the same tag twice',
      [
        { source: 'A.paid', tag: 'paid || lost', group: 'g' },
        { source: 'B.paid', tag: 'new || paid', group: 'g' },
      ],
      ['A.paid and B.paid both take tag paid of topic order in group g', 'use two groups'],
    ],
    [
      'every tag twice',
      [
        { source: 'A.all', group: 'g' },
        { source: 'B.all', group: 'g' },
      ],
      ['A.all and B.all both take every tag of topic order'],
    ],
    [
      'one class provided twice',
      [
        { source: 'A.all', group: 'g' },
        { source: 'A.all', group: 'g' },
      ],
      ['provided by two modules'],
    ],
    [
      'modes',
      [
        { source: 'A.paid', tag: 'paid', group: 'g', options: { mode: 'orderly' } },
        { source: 'B.lost', tag: 'lost', group: 'g', options: { mode: 'concurrent' } },
      ],
      ['A.paid and B.lost share group g but want mode "orderly" and "concurrent"'],
    ],
    [
      'SQL92 beside tags',
      [
        { source: 'A.big', selector: { type: 'SQL92', expression: 'a > 1' }, group: 'g' },
        { source: 'B.paid', tag: 'paid', group: 'g' },
      ],
      ['A.big and B.paid cannot share one SQL92 filter of topic order'],
    ],
    [
      'a batch listener beside a single one',
      [
        { source: 'A.batch', topics: ['order'], group: 'g', options: { batch: { size: 8 } } },
        { source: 'B.single', topics: ['stock'], group: 'g' },
      ],
      ['A.batch and B.single share group g, but only one takes batches'],
    ],
    [
      'two batch listeners of one topic',
      [
        { source: 'A.paid', tag: 'paid', group: 'g', options: { batch: { size: 8 } } },
        { source: 'B.lost', tag: 'lost', group: 'g', options: { batch: { size: 8 } } },
      ],
      ['A.paid and B.lost cannot share the batches of topic order'],
    ],
  ])('%s', (_name, given, fragments) => {
    const message = problemsOf(...given);
    for (const fragment of fragments) expect(message).toContain(fragment);
  });
});

describe('an incomplete listener is an error', () => {
  it.each<[string, Given, string]>([
    ['no group', { source: 'A.a' }, 'A.a: group: is missing; give @RocketListener a group'],
    ['no topic', { source: 'A.a', topics: [], group: 'g' }, 'A.a: topic: is missing'],
    [
      'an undefined topic',
      { source: 'A.a', topics: [undefined as unknown as string], group: 'g' },
      'A.a: topic: is missing',
    ],
    [
      'a topic with a slash',
      { source: 'A.a', topics: ['a/../b'], group: 'g' },
      "A.a: topic: 'a/../b' holds the character",
    ],
    ['a group with a blank', { source: 'A.a', group: 'my group' }, "A.a: group: 'my group' holds the character"],
    ['tags that are separators only', { source: 'A.a', tag: '||', group: 'g' }, "A.a: tag: '||' names no tag"],
  ])('%s', (_name, given, text) => {
    expect(problemsOf(given)).toContain(text);
  });

  it('names all of them at once', () => {
    const message = problemsOf({ source: 'A.a' }, { source: 'B.b', topics: ['x y'], group: 'g' });
    expect(message).toContain('A.a: group');
    expect(message).toContain('B.b: topic');
  });
});
