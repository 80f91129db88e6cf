import { Bag, type Baggable } from '../../../../lib/engine/common/bag.js';

interface Thing extends Baggable {
  readonly name: string;
}

function things(...names: string[]): Thing[] {
  return names.map((name) => ({ name, place: -1 }));
}

function namesIn(bag: Bag<Thing>): string {
  return [...bag]
    .map(({ name }) => name)
    .sort()
    .join('');
}

it('holds what was added and has not left, in whatever order', () => {
  const bag = new Bag<Thing>();
  const [a, b, c, d] = things('a', 'b', 'c', 'd');
  for (const thing of [a, b, c]) bag.add(thing);
  expect(bag.delete(a)).toBe(true);
  bag.add(d);
  expect(bag.delete(c)).toBe(true);
  expect(namesIn(bag)).toBe('bd');
  expect(bag.size).toBe(2);
  for (const thing of [d, b]) expect(bag.delete(thing)).toBe(true);
  expect(bag.size).toBe(0);
});

it('does not take out what is not in', () => {
  const bag = new Bag<Thing>();
  const [a, b, never] = things('a', 'b', 'c');
  bag.add(a);
  bag.add(b);
  bag.delete(a);
  expect(bag.delete(a)).toBe(false);
  expect(bag.delete(never)).toBe(false);
  expect(namesIn(bag)).toBe('b');
});

it('may be left while it is looked through', () => {
  const bag = new Bag<Thing>();
  for (const thing of things('a', 'b', 'c')) bag.add(thing);
  let seen = 0;
  for (const thing of bag) {
    bag.delete(thing);
    seen++;
  }
  expect(seen).toBe(3);
  expect(bag.size).toBe(0);
});
