/** May be in one Bag at a time, which keeps its `place`. */
export interface Baggable {
  place: number;
}

/**
 * Things that come and go in any order. Unlike a Set that lives long, it never has a table in the
 * old generation that goes on referring to what has left, and so has the garbage collector copy it.
 */
export class Bag<T extends Baggable> implements Iterable<T> {
  private readonly items: T[] = [];

  get size(): number {
    return this.items.length;
  }

  add(item: T): void {
    item.place = this.items.push(item) - 1;
  }

  /** @returns false when it is not in */
  delete(item: T): boolean {
    const { place } = item;
    if (this.items[place] !== item) return false;
    const last = this.items.pop();
    if (last !== undefined && last !== item) {
      this.items[place] = last;
      last.place = place;
    }
    return true;
  }

  /** Those that are in when it is asked for; they may leave meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.items].values();
  }
}
