import { ConfigurationError } from '../../common/errors.js';
import type { Logger } from '../../ports/logger.js';
import { refuse, succeed } from '../../protocol/answers.js';
import { decodePropertiesText, encodePropertiesText } from '../../protocol/bodies/properties-text.js';
import { response, type RemotingCommand } from '../../protocol/remoting-command.js';
import { ResponseCode } from '../../protocol/response-code.js';
import { isNameServerOption, parseNameServerOption, type NameServerOptions } from '../name-server-options.js';

/** Names nobody may set from outside: paths, and this list. Source: Apache 5.3 namesrv DefaultRequestProcessor. */
const blackList: ReadonlySet<string> = new Set(['configBlackList', 'configStorePath', 'kvConfigPath', 'rocketmqHome']);

/** UPDATE_NAMESRV_CONFIG (318), GET_NAMESRV_CONFIG (319). */
export class NameServerConfigProcessor {
  constructor(
    /** Changed in place; whoever uses an option reads it anew each time. */
    private readonly options: NameServerOptions,
    private readonly logger: Logger,
  ) {}

  /** All or nothing. Names that are no option here are passed over, as by Apache. */
  update(request: RemotingCommand): RemotingCommand {
    const changes: Partial<NameServerOptions> = {};
    try {
      for (const [name, value] of Object.entries(decodePropertiesText(request.body))) {
        if (blackList.has(name)) return refuse(ResponseCode.NO_PERMISSION, 'Can not update config in black list.');
        if (isNameServerOption(name)) Object.assign(changes, parseNameServerOption(name, value));
      }
    } catch (error) {
      if (error instanceof ConfigurationError) return refuse(ResponseCode.SYSTEM_ERROR, error.message);
      throw error;
    }
    Object.assign(this.options, changes);
    this.logger.info('options changed by a tool', { changes });
    return succeed();
  }

  get(): RemotingCommand {
    return response(ResponseCode.SUCCESS, { body: encodePropertiesText(this.options) });
  }
}
