import { encodeOffsetMessageId } from '../message/message-id.js';
import type { HostAddress } from '../message/host-address.js';
import type { Properties } from '../message/properties-codec.js';
import type { ConsumeQueue } from './consume-queue.js';
import type { DispatchRequest } from './dispatch-request.js';
import type { AppendedRecord } from './message-store.js';

/** A message that has its place in the log: what its sender is answered and what is dispatched. */
export class AppendedMessage implements DispatchRequest, AppendedRecord {
  constructor(
    readonly queue: ConsumeQueue,
    readonly queueOffset: number,
    readonly physicalOffset: number,
    readonly size: number,
    readonly storeTimestamp: number,
    readonly tagsCode: number,
    readonly sysFlag: number,
    readonly properties: Properties,
    private readonly storeHost: HostAddress,
  ) {}

  get topic(): string {
    return this.queue.topic;
  }

  get queueId(): number {
    return this.queue.queueId;
  }

  get offsetMessageId(): string {
    return encodeOffsetMessageId(this.storeHost, this.physicalOffset);
  }
}
