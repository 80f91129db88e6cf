import { refuse } from '../protocol/answers.js';
import type { RemotingCommand } from '../protocol/remoting-command.js';
import { RequestCode } from '../protocol/request-code.js';
import { ResponseCode } from '../protocol/response-code.js';
import type { Channel } from '../remoting/channel.js';
import type { RequestGuard } from '../remoting/remoting-server.js';

const CHANGE_SETTINGS: ReadonlySet<number> = new Set([
  RequestCode.UPDATE_BROKER_CONFIG,
  RequestCode.UPDATE_NAMESRV_CONFIG,
]);

/** Where nobody is asked who sends them, requests from outside this process change no settings. */
export const remoteConfigGuard: RequestGuard = {
  refusal({ code }: RemotingCommand, channel: Channel): RemotingCommand | undefined {
    if (!CHANGE_SETTINGS.has(code) || channel.isInProcess === true) return undefined;
    return refuse(
      ResponseCode.NO_PERMISSION,
      'requests change no settings without access control; set authenticationEnabled=true, or enableRemoteConfig=true',
    );
  },
};
