import { ConfigurationError } from '../../common/errors.js';
import type { MessageModel } from '../../protocol/bodies/heartbeat-data.js';
import type { ClientInstance } from '../client-instance.js';
import { LocalOffsetStore } from './local-offset-store.js';
import { BrokerOffsetStore, type OffsetStore } from './offset-store.js';

/** Where a group of this model keeps its progress. @throws ConfigurationError when there is no place for it */
export function createOffsetStore(
  client: ClientInstance,
  group: string,
  model: MessageModel,
  exact = false,
): OffsetStore {
  if (model === 'CLUSTERING') return new BrokerOffsetStore(client, group, exact);
  if (client.offsetFile) return new LocalOffsetStore(client.offsetFile(group));
  throw new ConfigurationError(
    'messageModel',
    'BROADCASTING keeps its progress in a local file, and this engine was given no place for it',
  );
}
