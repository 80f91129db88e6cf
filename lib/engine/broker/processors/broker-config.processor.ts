import { ConfigurationError } from '../../common/errors.js';
import type { Logger } from '../../ports/logger.js';
import { refuse, succeed } from '../../protocol/answers.js';
import { decodePropertiesText, encodePropertiesText } from '../../protocol/bodies/properties-text.js';
import { response, type RemotingCommand } from '../../protocol/remoting-command.js';
import { ResponseCode } from '../../protocol/response-code.js';
import type { BrokerOptions } from '../broker-options.js';
import { parseChanges } from '../changeable-options.js';
import type { TopicTable } from '../tables/topic-table.js';

export interface BrokerConfigParts {
  /** Changed in place; whoever uses an option reads it anew each time. */
  options: BrokerOptions;
  /** Settings of the store, to be shown with the broker's. */
  storeSettings?: object;
  topics: TopicTable;
  /** Stores and announces the table of topics. */
  publishTopics: () => Promise<void>;
  log: Logger;
}

/**
 * UPDATE_BROKER_CONFIG (25), GET_BROKER_CONFIG (26).
 * Source: Apache 5.3 AdminBrokerProcessor.
 */
export class BrokerConfigProcessor {
  constructor(private readonly parts: BrokerConfigParts) {}

  get(): RemotingCommand {
    const { options, storeSettings, topics } = this.parts;
    const extFields = { version: JSON.stringify(topics.dataVersion) };
    const body = encodePropertiesText({ ...storeSettings, ...options });
    return response(ResponseCode.SUCCESS, { extFields, body });
  }

  /** All or nothing, until the broker is started again. */
  async update(request: RemotingCommand): Promise<RemotingCommand> {
    const { options, topics, publishTopics, log } = this.parts;
    let changes: Partial<BrokerOptions>;
    try {
      changes = parseChanges(decodePropertiesText(request.body));
    } catch (error) {
      if (error instanceof ConfigurationError) return refuse(ResponseCode.NO_PERMISSION, error.message);
      throw error;
    }
    Object.assign(options, changes);
    log.info('options changed by a tool', { changes });
    if (changes.brokerPermission !== undefined) {
      topics.advanceVersion(); // else name servers would take the registration for a known one
      await publishTopics();
    }
    return succeed();
  }
}
