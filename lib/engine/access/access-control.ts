import { RocketMqError } from '../common/errors.js';
import { parseHostAddress } from '../message/host-address.js';
import type { Logger } from '../ports/logger.js';
import { refuse } from '../protocol/answers.js';
import type { RemotingCommand } from '../protocol/remoting-command.js';
import { isSignedWith, SignatureField } from '../protocol/request-signature.js';
import { ResponseCode } from '../protocol/response-code.js';
import type { Channel } from '../remoting/channel.js';
import { requestCodes, type AccessOptions } from './access-options.js';
import type { Accounts } from './accounts.js';
import type { Action } from './action.js';
import { decide } from './acl.js';
import { neededPermissions, topicPermission, type Permission } from './needed-permissions.js';
import { resourceKey } from './resource.js';
import type { TopicGuard } from './topic-guard.js';
import type { User } from './user.js';

export interface AccessControlParts {
  readonly options: AccessOptions;
  /** The resource of what changes a server as a whole is `Cluster:<this>`. */
  readonly clusterName: string;
  /** Asked in this order. */
  readonly accounts: readonly Accounts[];
  readonly log: Logger;
}

/** Checked when nobody has the name, so that an answer takes as long as one to a wrong secret. */
const NOBODYS_SECRET = 'nobody';

/**
 * Lets in requests that are signed by a user who may do what they ask for. Whoever is inside this
 * process has the store anyway and is not asked.
 * Source: Apache 5.3 AuthenticationPipeline, AuthorizationPipeline.
 */
export class AccessControl implements TopicGuard {
  private readonly unsignedCodes: ReadonlySet<number>;
  private readonly openCodes: ReadonlySet<number>;

  /** @throws ConfigurationError */
  constructor(private readonly parts: AccessControlParts) {
    const { authenticationWhitelist, authorizationWhitelist } = parts.options;
    this.unsignedCodes = requestCodes('authenticationWhitelist', authenticationWhitelist);
    this.openCodes = requestCodes('authorizationWhitelist', authorizationWhitelist);
  }

  /** @returns an answer that refuses; undefined: let in. The log is told why, the peer no more than it knows. */
  refusal(request: RemotingCommand, channel: Channel): RemotingCommand | undefined {
    const sender = this.senderOf(request, channel);
    if (sender === undefined) return undefined;
    const { problem } = sender;
    if (problem !== undefined && !this.unsignedCodes.has(request.code)) return this.refused(request, sender, problem);
    return this.forbidden(request, sender, () => neededPermissions(request, this.parts.clusterName));
  }

  topicRefusal(
    request: RemotingCommand,
    channel: Channel,
    topic: string,
    ...anyOf: Action[]
  ): RemotingCommand | undefined {
    const sender = this.senderOf(request, channel);
    return sender && this.forbidden(request, sender, () => [topicPermission(topic, anyOf)]);
  }

  publisher(request: RemotingCommand, channel: Channel): (topic: string) => boolean {
    const sender = this.senderOf(request, channel);
    if (sender === undefined || !this.isDecided(request.code)) return () => true;
    return (topic) => this.missingPermission(sender, [topicPermission(topic, ['Pub'])]) === undefined;
  }

  /** Whether a request is from a super user, or from somebody who was not asked. */
  isSuper(request: RemotingCommand): boolean {
    const username = request.extFields[SignatureField.accessKey];
    return username === undefined || this.userOf(username)?.userType === 'Super';
  }

  private userOf(username: string): User | undefined {
    for (const table of this.parts.accounts) {
      const user = table.user(username);
      if (user !== undefined) return user;
    }
    return undefined;
  }

  /** undefined: whoever it is, is not asked. */
  private senderOf(request: RemotingCommand, channel: Channel): Sender | undefined {
    if (channel.isInProcess === true) return undefined;
    const { host: sourceIp } = parseHostAddress(channel.remoteAddress);
    const username = request.extFields[SignatureField.accessKey] ?? '';
    if (this.parts.accounts.some((table) => table.isTrusted(sourceIp, username))) return undefined;
    const problem = this.signatureProblem(request, username);
    return { username: problem === undefined ? username : '', sourceIp, problem }; // who proves nothing is nobody
  }

  private signatureProblem(request: RemotingCommand, username: string): Problem | undefined {
    if (username === '')
      return {
        why: 'not signed',
        remark: 'username cannot be null. Sign requests: give the client an access key and its secret key',
      };
    const user = this.userOf(username);
    const isRight = isSignedWith(request, user?.password ?? NOBODYS_SECRET) && user !== undefined;
    const why = !user
      ? 'an unknown user'
      : !isRight
        ? 'a wrong signature'
        : user.userStatus === 'disable'
          ? 'a disabled user'
          : '';
    if (why === '') return undefined;
    return {
      why,
      remark: `check signature failed. There is no user ${shown(username)} with this secret key, or it is disabled`,
    };
  }

  /** Whether rules decide who may send it. */
  private isDecided(code: number): boolean {
    const { authorizationEnabled, aclEnable } = this.parts.options;
    return (authorizationEnabled || aclEnable) && !this.openCodes.has(code);
  }

  private forbidden(request: RemotingCommand, sender: Sender, needed: () => Permission[]): RemotingCommand | undefined {
    if (!this.isDecided(request.code) || this.isSuperUser(sender)) return undefined;
    let why: string | undefined;
    try {
      why = this.missingPermission(sender, needed());
    } catch (error) {
      if (!(error instanceof RocketMqError)) throw error;
      why = error.message;
    }
    return why === undefined ? undefined : this.refused(request, sender, { why, remark: why });
  }

  private isSuperUser({ username }: Sender): boolean {
    return this.userOf(username)?.userType === 'Super';
  }

  /** @returns the first that is missing, as a sentence */
  private missingPermission(sender: Sender, needed: readonly Permission[]): string | undefined {
    if (this.isSuperUser(sender)) return undefined;
    const { username, sourceIp } = sender;
    for (const { resource, anyOf } of needed) {
      const decision = this.decide(username, resource, anyOf, sourceIp);
      if (decision === 'Allow') continue;
      const detail = decision === 'Deny' ? 'the decision is deny' : 'no matched policies';
      const what = `${shown(resourceKey(resource))} (${anyOf.join(' or ')})`;
      return `User:${shown(username)} has no permission to access ${what} from ${sourceIp}, ${detail}.`;
    }
    return undefined;
  }

  private decide(
    username: string,
    ...asked: [resource: Permission['resource'], anyOf: Permission['anyOf'], ip: string]
  ) {
    for (const table of this.parts.accounts) {
      const acl = table.acl(username);
      const decision = acl && decide(acl, ...asked);
      if (decision !== undefined) return decision;
    }
    return undefined;
  }

  private refused(
    { code, extFields }: RemotingCommand,
    { sourceIp }: Sender,
    { why, remark }: Problem,
  ): RemotingCommand {
    const user = shown(extFields[SignatureField.accessKey] ?? '');
    this.parts.log.warn('a request was refused by access control', { code, user, sourceIp, why });
    return refuse(ResponseCode.NO_PERMISSION, remark);
  }
}

interface Sender {
  /** Empty: nobody that is known. */
  readonly username: string;
  readonly sourceIp: string;
  /** Of its signature. */
  readonly problem?: Problem;
}

interface Problem {
  /** For the log. */
  readonly why: string;
  /** For the peer: does not tell whether there is such a user. */
  readonly remark: string;
}

/** Names come from a peer: neither long nor able to forge a line of a log. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 255)).slice(1, -1);
}
