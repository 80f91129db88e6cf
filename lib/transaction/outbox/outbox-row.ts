import { InvalidMessageError, type Message } from '../../engine/index.js';
import type { SqlRow, SqlValue } from '../unit-of-work.js';
import { laneOf } from './lanes.js';
import { OutboxState } from './outbox-tables.js';

/** A message that has its id. */
export type IdentifiedMessage = Message & { messageId: string };

/** A row that the relay has to send. */
export interface OutboxRow {
  readonly message: IdentifiedMessage;
  readonly attempts: number;
  /** It had failed before, so that others of its key may be held behind it. */
  readonly isAgain: boolean;
}

/** What has no column of its own. */
type Props = Pick<Message, 'properties' | 'flag' | 'delayLevel' | 'waitStoreOk'>;

const maxShardingKeyLength = 255;

/** In the order of valuesOf(). */
export const insertedColumns =
  'msg_uid, state, lane, sharding_key, topic, tag, msg_keys, deliver_at, props, body, size, attempts, available_at, created_at';

/** @throws InvalidMessageError what the table can't hold */
export function checkRow({ shardingKey }: Message): void {
  if (shardingKey !== undefined && shardingKey.length > maxShardingKeyLength)
    throw new InvalidMessageError(
      'shardingKey',
      `has ${shardingKey.length} characters; the outbox takes ${maxShardingKeyLength}: use a shorter key, such as a hash of it`,
    );
}

export function valuesOf(message: IdentifiedMessage, now: number): SqlValue[] {
  const { messageId, topic, tag, keys, shardingKey, deliverAt, body, ...rest } = message;
  const { properties, flag, delayLevel, waitStoreOk } = rest;
  const props: Props = { properties, flag, delayLevel, waitStoreOk };
  const propsText = JSON.stringify(props);
  return [
    messageId,
    OutboxState.waiting,
    laneOf(shardingKey),
    shardingKey ?? null,
    topic,
    tag ?? null,
    keys === undefined || keys.length === 0 ? null : [keys].flat().join(' '),
    deliverAt ?? null,
    propsText === '{}' ? null : propsText,
    body,
    body.length,
    0,
    now,
    now,
  ];
}

export function toOutboxRow(row: SqlRow): OutboxRow {
  const message: IdentifiedMessage = {
    messageId: String(row.msg_uid),
    topic: String(row.topic),
    body: Buffer.from(row.body as Uint8Array),
    ...propsOf(row.props),
  };
  const [tag, keys, shardingKey] = [row.tag, row.msg_keys, row.sharding_key].map(textOf);
  if (tag !== undefined) message.tag = tag;
  if (keys !== undefined) message.keys = keys;
  if (shardingKey !== undefined) message.shardingKey = shardingKey;
  if (row.deliver_at !== null) message.deliverAt = Number(row.deliver_at);
  return { message, attempts: Number(row.attempts), isAgain: Number(row.state) === OutboxState.again };
}

/** Of a column that may be null. */
export function textOf(column: unknown): string | undefined {
  return column === null ? undefined : (column as string);
}

/** Some drivers have parsed the column already. */
function propsOf(column: unknown): Props {
  return (typeof column === 'string' ? JSON.parse(column) : (column ?? {})) as Props;
}
