import type { RemotingCommand } from '../protocol/remoting-command.js';
import type { Channel } from '../remoting/channel.js';
import type { Action } from './action.js';

/** Decides about topics that a request does not name, as that of a record which it gives the place of. */
export interface TopicGuard {
  /** @returns an answer that refuses, unless the sender may do one of the actions; undefined: allowed */
  topicRefusal(
    request: RemotingCommand,
    channel: Channel,
    topic: string,
    ...anyOf: Action[]
  ): RemotingCommand | undefined;
  /** Whether the sender may publish to a topic, to be asked later: rules count as they are then. */
  publisher(request: RemotingCommand, channel: Channel): (topic: string) => boolean;
}

/** Where nobody is asked. */
export const openTopics: TopicGuard = {
  topicRefusal: () => undefined,
  publisher: () => () => true,
};
