import { ConfigurationError } from '../../common/errors.js';
import {
  deadLetterTopic,
  groupNameProblem,
  groupOfRetryTopic,
  isDeadLetterTopic,
  isRetryTopic,
  isSystemTopic,
  retryTopic,
} from '../../message/topic-names.js';
import { withExtFields, type RpcHook } from '../hooks/rpc-hook.js';

const SEPARATOR = '%';
/** Source: Apache 5.3 MixAll#CID_RMQ_SYS_PREFIX. */
const SYSTEM_GROUP_PREFIX = 'CID_RMQ_SYS_';

interface ConsumerNames {
  group: string;
  subscriptions?: readonly { topic: string }[];
}

/**
 * Sets the topics and groups of a client apart from equal names elsewhere: `Orders` is known to the
 * cluster as `NS%Orders`, a group's retry topic as `%RETRY%NS%Group`. Names of the system are shared.
 * Source: Apache 5.3 NamespaceUtil.
 */
export class Namespace {
  /** @param name empty: none, names stay as they are @throws ConfigurationError */
  constructor(readonly name = '') {
    const problem = name === '' ? undefined : groupNameProblem(name);
    if (problem !== undefined) throw new ConfigurationError('namespace', problem);
    if (name.includes(SEPARATOR)) {
      throw new ConfigurationError('namespace', `'${name}' holds %, which ends a namespace; leave it out`);
    }
  }

  /** As the cluster knows the topic or group; one that is in the namespace already stays. */
  wrap(resource: string): string {
    if (this.name === '' || isOfSystem(resource)) return resource;
    return inside(resource, (bare) => (bare.startsWith(this.prefix) ? bare : this.prefix + bare));
  }

  /** As the application knows it; a name of another namespace stays. */
  unwrap(resource: string): string {
    if (this.name === '' || isOfSystem(resource)) return resource;
    return inside(resource, (bare) => (bare.startsWith(this.prefix) ? bare.slice(this.prefix.length) : bare));
  }

  /** A consumer's options as the cluster is to hear of them. */
  ofConsumer<Options extends ConsumerNames>(options: Options): Options {
    if (this.name === '' || typeof options.group !== 'string') return options;
    const subscriptions = options.subscriptions?.map((one) => ({ ...one, topic: this.wrap(one.topic) }));
    return { ...options, group: this.wrap(options.group), ...(subscriptions && { subscriptions }) };
  }

  private get prefix(): string {
    return this.name + SEPARATOR;
  }
}

/** Namespaces of 5.x: names stay, and each request says which namespace they are of. Source: Apache 5.3 NamespaceRpcHook. */
export function namespaceHook(namespaceV2: string): RpcHook {
  return { beforeRequest: (_address, request) => withExtFields(request, { nsd: 'true', ns: namespaceV2 }) };
}

/** `%RETRY%` and `%DLQ%` stay in front. */
function inside(resource: string, change: (bare: string) => string): string {
  if (isRetryTopic(resource)) return retryTopic(change(groupOfRetryTopic(resource)));
  if (isDeadLetterTopic(resource)) return deadLetterTopic(change(groupOfRetryTopic(resource)));
  return change(resource);
}

function isOfSystem(resource: string): boolean {
  return resource === '' || isSystemTopic(resource) || resource.startsWith(SYSTEM_GROUP_PREFIX);
}
