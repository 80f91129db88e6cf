import type { ReceivedMessage } from '../../lib/engine/index.js';

/** Beyond it a flow begins again with 0: about a day of any of them. */
const MOST_MESSAGES = 4_000_000;

/** The numbered messages of one topic: which were acknowledged, and by whom they were seen. In memory that does not grow. */
export class SoakFlow {
  acknowledgedCount = 0;
  private next = 0;
  private readonly acknowledged = new Uint8Array(MOST_MESSAGES);
  private readonly seen: readonly Uint8Array[];

  /** @param readers how many groups read all of it */
  constructor(
    readonly topic: string,
    readers = 1,
  ) {
    this.seen = Array.from({ length: readers }, () => new Uint8Array(MOST_MESSAGES));
  }

  /** The number of a message that is about to be sent. */
  take(): number {
    return this.next++;
  }

  message(number: number): { topic: string; body: Buffer; keys: string; tag: string } {
    const body = Buffer.alloc(300);
    body.writeInt32BE(number);
    return { topic: this.topic, body, keys: `${this.topic}-${number}`, tag: number % 2 === 0 ? 'even' : 'odd' };
  }

  promise(...numbers: readonly number[]): void {
    for (const number of numbers) this.acknowledged[number] = 1;
    this.acknowledgedCount += numbers.length;
  }

  /** @returns whether this reader sees it for the first time */
  saw(reader: number, message: ReceivedMessage): boolean {
    const number = numberOf(message);
    const isNew = this.seen[reader][number] === 0;
    this.seen[reader][number] = 1;
    return isNew;
  }

  /** Acknowledged, and not seen by every reader. */
  missing(): number {
    let count = 0;
    for (let number = 0; number < this.next; number++) {
      if (this.acknowledged[number] === 1 && this.seen.some((numbers) => numbers[number] === 0)) count++;
    }
    return count;
  }
}

export function numberOf({ body }: ReceivedMessage): number {
  return body.readInt32BE(0);
}
