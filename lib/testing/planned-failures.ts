import { BrokerResponseError, ConfigurationError } from '../engine/index.js';
import type { RpcHook } from '../engine/client/hooks/rpc-hook.js';
import type { PushConsumerOptions } from '../engine/client/consumer/push-consumer-options.js';
import { RequestCode } from '../engine/protocol/request-code.js';
import { ResponseCode } from '../engine/protocol/response-code.js';
import { systemError, type DiskCall } from './simulated-file-system.js';

/** send: the broker refuses. consume: the listener isn't called, its messages come again. disk: a write or sync of the commit log fails, for which the store stops. */
export type FailureKind = 'send' | 'consume' | 'disk';

/** What fails, and how often. */
export interface FailureSettings {
  /** How many in a row. Default 1. */
  times?: number;
  /** Of sends and deliveries: only those of this topic. Default: any but RocketMQ's own. */
  topic?: string;
  /** Of deliveries: only those to this consumer group. Default: any. */
  group?: string;
  /** What it fails with. Default: code SYSTEM_BUSY, a plain error, EIO. */
  error?: Error;
}

interface Plan extends FailureSettings {
  readonly kind: FailureKind;
  left: number;
}

const SENDS: ReadonlySet<number> = new Set([
  RequestCode.SEND_MESSAGE,
  RequestCode.SEND_MESSAGE_V2,
  RequestCode.SEND_BATCH_MESSAGE,
]);

/** What is to go wrong next. */
export class PlannedFailures {
  private plans: Plan[] = [];

  /** @throws ConfigurationError */
  add(kind: FailureKind, settings: FailureSettings = {}): void {
    const { times = 1 } = settings;
    if (!Number.isInteger(times) || times < 1)
      throw new ConfigurationError('times', `must be a whole number from 1 on, not ${times}`);
    this.plans.push({ ...settings, kind, left: times });
  }

  /** Refuses sends before they leave, as a broker that is busy would. */
  readonly sends: RpcHook = {
    beforeRequest: (address, request) => {
      if (this.plans.length === 0 || !SENDS.has(request.code)) return request;
      const topic = request.extFields?.[request.code === RequestCode.SEND_MESSAGE ? 'topic' : 'b'];
      const plan = this.take('send', topic);
      if (plan === undefined) return request;
      const remark = 'a failure that the test has asked for';
      throw plan.error ?? new BrokerResponseError(ResponseCode.SYSTEM_BUSY, remark, address, { retriable: true });
    },
  };

  /** @throws what a delivery to this group is to fail with, if it is */
  beforeDelivery(topic: string, group: string): void {
    const plan = this.take('consume', topic, group);
    if (plan !== undefined) throw plan.error ?? new Error('a failure that the test has asked for');
  }

  /** @throws what this call of the disk is to fail with, if it is */
  beforeDiskCall({ kind, path }: DiskCall): void {
    if ((kind !== 'write' && kind !== 'datasync') || !path.includes('/commitlog/')) return;
    const plan = this.take('disk');
    if (plan !== undefined) throw plan.error ?? systemError('EIO', path);
  }

  private take(kind: FailureKind, topic?: string, group?: string): Plan | undefined {
    const plan = this.plans.find(
      (one) =>
        one.kind === kind &&
        (one.topic === undefined || one.topic === topic) &&
        (one.group === undefined || one.group === group),
    );
    if (plan === undefined) return undefined;
    plan.left--;
    if (plan.left === 0) this.plans = this.plans.filter((one) => one !== plan);
    return plan;
  }
}

/** The listener, failing as planned before it is called. */
export function failingAsPlanned(
  options: PushConsumerOptions,
  failures: PlannedFailures,
): PushConsumerOptions['listener'] {
  const { listener, group } = options;
  const check = (topic: string | undefined): void => failures.beforeDelivery(topic ?? '', group);
  return listener.mode === 'orderly'
    ? {
        mode: 'orderly',
        consume: async (messages, context) => {
          check(messages.at(0)?.topic);
          return listener.consume(messages, context);
        },
      }
    : {
        mode: 'concurrent',
        consume: async (messages, context) => {
          check(messages.at(0)?.topic);
          return listener.consume(messages, context);
        },
      };
}
