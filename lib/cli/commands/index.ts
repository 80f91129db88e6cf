import type { CommandFactory } from '../admin-command.js';
import { topicList } from './topics/topic-list.js';

/** Every command on a cluster, in the order of `--help`. */
export const adminCommands: readonly CommandFactory[] = [topicList];
