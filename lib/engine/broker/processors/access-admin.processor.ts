import type { Access } from '../../access/access.js';
import { AccessChangeError, subjectOf, usernameOf } from '../../access/access-tables.js';
import { InvalidAclError, readPolicies, writePolicies, type Acl } from '../../access/acl.js';
import { parseResource } from '../../access/resource.js';
import { readUserChange, type User, type UserChange } from '../../access/user.js';
import { parseFastjson } from '../../common/fastjson.js';
import { objectOf } from '../../common/json-fields.js';
import { refuse, succeed, succeedWith } from '../../protocol/answers.js';
import { decodeHeader } from '../../protocol/field-table.js';
import type { RemotingCommand } from '../../protocol/remoting-command.js';
import {
  aclRequest,
  deleteAclRequest,
  listAclsRequest,
  listUsersRequest,
  userRequest,
} from '../../protocol/requests/access-admin.js';
import { ResponseCode } from '../../protocol/response-code.js';

/**
 * Users and their rules, AUTH_CREATE_USER (3001) to AUTH_LIST_ACL (3010). A change is on the disk
 * before it is answered. Unlike Apache's, no answer holds a password.
 * Source: Apache 5.3 AdminBrokerProcessor.
 */
export class AccessAdminProcessor {
  /** @param access undefined: there is no access control, and nothing to be kept for it */
  constructor(private readonly access: Access | undefined) {}

  createUser(request: RemotingCommand): Promise<RemotingCommand> {
    return this.change(request, ({ tables }) => {
      const { username } = decodeHeader(userRequest, request.extFields);
      const user = userIn(request);
      this.checkRank(request, user.userType === 'Super', 'create');
      tables.createUser(username, user);
    });
  }

  updateUser(request: RemotingCommand): Promise<RemotingCommand> {
    return this.change(request, ({ tables }) => {
      const { username } = decodeHeader(userRequest, request.extFields);
      const change = userIn(request);
      this.checkRank(request, isSuper(change) || isSuper(tables.user(username)), 'update');
      tables.updateUser(username, change);
    });
  }

  deleteUser(request: RemotingCommand): Promise<RemotingCommand> {
    return this.change(request, ({ tables }) => {
      const { username } = decodeHeader(userRequest, request.extFields);
      this.checkRank(request, isSuper(tables.user(username)), 'update');
      tables.deleteUser(username);
    });
  }

  getUser(request: RemotingCommand): RemotingCommand {
    if (!this.access) return withoutAccessControl(request);
    const { username } = decodeHeader(userRequest, request.extFields);
    if (username.trim() === '') return refuse(ResponseCode.INVALID_PARAMETER, 'The username is blank');
    const user = this.access.tables.user(username);
    return user === undefined ? succeed() : succeedWith(shown(user));
  }

  listUsers(request: RemotingCommand): RemotingCommand {
    if (!this.access) return withoutAccessControl(request);
    const users = this.access.tables.usersLike(decodeHeader(listUsersRequest, request.extFields).filter);
    return users.length === 0 ? succeed() : succeedWith(users.map(shown));
  }

  /** Also UPDATE_ACL: both add rules, and replace those that there are for the same resource. */
  addAcl(request: RemotingCommand): Promise<RemotingCommand> {
    return this.change(request, ({ tables }) => {
      const { subject } = decodeHeader(aclRequest, request.extFields);
      const { policies } = objectOf(parseFastjson(request.body?.toString() ?? ''), 'acl');
      tables.addAcl(userOf(subject), readPolicies(policies));
    });
  }

  deleteAcl(request: RemotingCommand): Promise<RemotingCommand> {
    return this.change(request, ({ tables }) => {
      const { subject, policyType = '', resource: key = '' } = decodeHeader(deleteAclRequest, request.extFields);
      const resource = parseResource(key);
      if (key !== '' && resource === undefined) throw new InvalidAclError('The resource is null.');
      const type = policyType.toLowerCase() === 'default' ? 'Default' : 'Custom';
      tables.deleteAcl(userOf(subject), resource && { type, resource });
    });
  }

  getAcl(request: RemotingCommand): RemotingCommand {
    if (!this.access) return withoutAccessControl(request);
    const username = usernameOf(decodeHeader(aclRequest, request.extFields).subject) ?? '';
    const { tables } = this.access;
    if (!tables.user(username)) return refuse(ResponseCode.NO_PERMISSION, 'The subject is not exist.');
    const acl = tables.acl(username);
    return acl === undefined ? succeed() : succeedWith(shownAcl(username, acl));
  }

  listAcls(request: RemotingCommand): RemotingCommand {
    if (!this.access) return withoutAccessControl(request);
    const { subjectFilter, resourceFilter } = decodeHeader(listAclsRequest, request.extFields);
    const acls = this.access.tables.aclsLike(subjectFilter, resourceFilter);
    return acls.length === 0 ? succeed() : succeedWith(acls.map(([username, acl]) => shownAcl(username, acl)));
  }

  private async change(request: RemotingCommand, apply: (access: Access) => void): Promise<RemotingCommand> {
    if (!this.access) return withoutAccessControl(request);
    try {
      apply(this.access);
    } catch (error) {
      if (!(error instanceof AccessChangeError || error instanceof InvalidAclError)) throw error;
      return refuse(ResponseCode.NO_PERMISSION, error.message);
    }
    await this.access.save();
    return succeed();
  }

  /** Only a super user makes and changes super users. */
  private checkRank(request: RemotingCommand, concernsSuper: boolean, verb: string): void {
    if (!concernsSuper || this.access?.control.isSuper(request) !== false) return;
    throw new AccessChangeError(`The super user can only be ${verb} by super user`);
  }
}

function userIn({ body }: RemotingCommand): UserChange {
  return readUserChange(objectOf(parseFastjson(body?.toString() ?? ''), 'user'));
}

function isSuper(user: UserChange | undefined): boolean {
  return user?.userType === 'Super';
}

function userOf(subject: string): string {
  const username = usernameOf(subject);
  if (username === undefined) throw new InvalidAclError('The subject is null.');
  return username;
}

function shown({ username, userType, userStatus }: User): object {
  return { userStatus, userType, username };
}

function shownAcl(username: string, acl: Acl): object {
  return { policies: writePolicies(acl), subject: subjectOf(username) };
}

function withoutAccessControl({ code }: RemotingCommand): RemotingCommand {
  const reason = 'access control is off; start the broker with authenticationEnabled=true';
  return refuse(ResponseCode.REQUEST_CODE_NOT_SUPPORTED, ` request type ${code} not supported: ${reason}`);
}
