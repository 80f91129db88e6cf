import { PropertyName } from '../message/property-names.js';
import type { Properties } from '../message/properties-codec.js';
import { SystemTopic } from '../message/topic-names.js';
import type { MessageToStore, PutResult } from '../store/message-store.js';
import type { BrokerOptions } from './broker-options.js';

const { timerDelaySec, timerDelayMs, timerDeliverMs, timerOutMs } = PropertyName;

export type TimerOptions = Pick<BrokerOptions, 'timerWheelEnable' | 'timerMaxDelaySec' | 'timerPrecisionMs'>;

/** A delay level is stronger than a time. */
export function withoutTimer(message: MessageToStore): MessageToStore {
  const { properties } = message;
  if (![timerDelaySec, timerDelayMs, timerDeliverMs].some((name) => properties.has(name))) return message;
  const kept = new Map(properties);
  for (const name of [timerDelaySec, timerDelayMs, timerDeliverMs]) kept.delete(name);
  return { ...message, properties: kept };
}

/**
 * Parks a message that asks for a time; others, and those whose time has come, pass unchanged.
 * TIMER_OUT_MS is the time in Apache's slots, at or before the one asked for; see dueTimeOf().
 * @returns a result when the message is refused
 * Source: Apache 5.3 HookUtils#transformTimerMessage.
 */
export function parkTimer(message: MessageToStore, options: TimerOptions, now: number): MessageToStore | PutResult {
  const { properties, topic } = message;
  if (topic === SystemTopic.wheelTimer || properties.has(timerOutMs) || !asksForTime(properties)) return message;
  if (!options.timerWheelEnable) {
    return refused('UNKNOWN_ERROR', 'accurate timer message is not enabled, timerWheelEnable is false');
  }
  const deliverAt = requestedTime(properties, now);
  const longest = options.timerMaxDelaySec * 1000;
  const recalls = properties.get(PropertyName.timerDeleteUniqKey);
  const isDeletion = recalls !== undefined;
  if (isDeletion && !recalls.startsWith(`${topic}+`)) {
    return refused('MESSAGE_ILLEGAL', `TIMER_DEL_UNIQKEY recalls a message of another topic than ${topic}`);
  }
  if (deliverAt === undefined || deliverAt - now > longest || (deliverAt <= now && isDeletion)) {
    return refused(
      'MESSAGE_ILLEGAL',
      `timer message illegal, the delay time should not be bigger than the max delay ${longest}ms; or if set del msg, the delay time should be bigger than the current time`,
    );
  }
  if (deliverAt <= now) return message;
  const slot = Math.floor((deliverAt - 1) / options.timerPrecisionMs) * options.timerPrecisionMs;
  const parked = new Map(properties)
    .set(timerOutMs, String(slot))
    .set(PropertyName.realTopic, topic)
    .set(PropertyName.realQueueId, String(message.queueId));
  return { ...message, topic: SystemTopic.wheelTimer, queueId: 0, properties: parked };
}

/**
 * When a parked message is to be delivered, to the millisecond; never before the time asked for.
 * undefined: it says no time.
 */
export function dueTimeOf(properties: Properties, storeTimestamp: number, precisionMs: number): number | undefined {
  const slot = integerIn(properties.get(timerOutMs));
  const asked = requestedTime(properties, storeTimestamp);
  if (slot === undefined) return undefined;
  // The slot's end is never too early; a relative delay is now counted from a moment later than it was.
  return asked === undefined || asked < slot ? slot + precisionMs : Math.min(asked, slot + precisionMs);
}

function asksForTime(properties: Properties): boolean {
  return properties.has(timerDeliverMs) || properties.has(timerDelayMs) || properties.has(timerDelaySec);
}

/** In the order in which the properties count. */
function requestedTime(properties: Properties, now: number): number | undefined {
  const seconds = properties.get(timerDelaySec);
  if (seconds !== undefined) return sum(now, integerIn(seconds), 1000);
  const delay = properties.get(timerDelayMs);
  if (delay !== undefined) return sum(now, integerIn(delay), 1);
  return integerIn(properties.get(timerDeliverMs));
}

function sum(now: number, delay: number | undefined, unit: number): number | undefined {
  return delay === undefined ? undefined : now + delay * unit;
}

function integerIn(text: string | undefined): number | undefined {
  if (text === undefined || !/^[+-]?\d{1,15}$/.test(text)) return undefined;
  return Number(text);
}

function refused(status: PutResult['status'], remark: string): PutResult {
  return { status, remark, appended: [] };
}
