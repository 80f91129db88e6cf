import { getOrCreate } from '../../lib/engine/common/get-or-create.js';

/** One call of an orderly listener. */
export interface WitnessedCall {
  readonly member: number | string;
  readonly queueId: number;
  readonly queueOffset: number;
}

interface Judged extends WitnessedCall {
  readonly beginAt: number;
  /** Undefined: it was killed meanwhile. */
  endAt?: number;
}

export interface Judgement {
  /** A message that was begun before the one in front of it had been consumed. */
  inversions: string[];
  /** A message that was begun while another of its queue was at work. */
  overlaps: string[];
  /** Messages that nobody has consumed to the end. */
  missing: string[];
  /** Of each queue of each member that left: from its last message, or from being told to leave, to the next one elsewhere. Sorted. */
  handOversMs: number[];
}

/** What the members of a group have seen of each queue, on one clock in milliseconds. */
export class OrderWitness {
  private readonly calls: Judged[] = [];
  private readonly open = new Map<string, Judged>();
  private readonly consumed = new Map<number, Set<number>>();
  private readonly left = new Map<number | string, number>();
  private readonly killed = new Map<number | string, number>();

  begins(call: WitnessedCall, at: number): void {
    const judged = { ...call, beginAt: at };
    this.calls.push(judged);
    this.open.set(keyOf(call), judged);
  }

  ends(call: WitnessedCall, at: number): void {
    const judged = this.open.get(keyOf(call));
    if (judged) judged.endAt = at;
    this.open.delete(keyOf(call));
    getOrCreate(this.consumed, call.queueId, () => new Set<number>()).add(call.queueOffset);
  }

  /** How many different messages of a queue have been consumed to the end. */
  consumedOf(queueId: number): number {
    return this.consumed.get(queueId)?.size ?? 0;
  }

  /** The member was told to leave. */
  leaves(member: number | string, at: number): void {
    this.left.set(member, at);
  }

  isKilled(member: number | string, at: number): void {
    this.killed.set(member, at);
  }

  /** Looks at every call there was: for the end, since it takes the longer the more there were. */
  judge(queues: number, sentPerQueue: number): Judgement {
    const judgement: Judgement = { inversions: [], overlaps: [], missing: [], handOversMs: [] };
    for (let queueId = 0; queueId < queues; queueId++) this.judgeQueue(queueId, sentPerQueue, judgement);
    judgement.handOversMs.sort((a, b) => a - b);
    return judgement;
  }

  private judgeQueue(queueId: number, sent: number, { inversions, overlaps, missing, handOversMs }: Judgement): void {
    const calls = this.calls.filter((call) => call.queueId === queueId).sort((a, b) => a.beginAt - b.beginAt);
    const done = new Set<number>();
    let consumedTo = -1;
    let previous: Judged | undefined;
    for (const call of calls) {
      const what = `queue ${queueId}: ${call.queueOffset} by ${call.member} at ${call.beginAt}`;
      // Going back is a repetition; in front of a message all have to be consumed.
      if (call.queueOffset > consumedTo + 1) inversions.push(`${what} after ${consumedTo}`);
      const previousEnd = previous && (previous.endAt ?? this.killed.get(previous.member) ?? Infinity);
      if (previous && previousEnd! > call.beginAt)
        overlaps.push(`${what}, ${previous.queueOffset} by ${previous.member}`);
      if (previous && previous.member !== call.member && previous.endAt !== undefined) {
        const toldAt = this.left.get(previous.member);
        if (toldAt !== undefined && toldAt <= call.beginAt)
          handOversMs.push(call.beginAt - Math.max(toldAt, previous.endAt));
      }
      if (call.endAt !== undefined) {
        done.add(call.queueOffset);
        consumedTo = Math.max(consumedTo, call.queueOffset);
      }
      previous = call;
    }
    for (let offset = 0; offset < sent; offset++) if (!done.has(offset)) missing.push(`queue ${queueId}: ${offset}`);
  }
}

function keyOf({ member, queueId, queueOffset }: WitnessedCall): string {
  return `${member}@${queueId}@${queueOffset}`;
}
