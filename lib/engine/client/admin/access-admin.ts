import { parseFastjson, type FastjsonValue } from '../../common/fastjson.js';
import { arrayOf } from '../../common/json-fields.js';
import {
  readAclInfo,
  readUserInfo,
  type AclInfo,
  type AclPolicy,
  type UserInfo,
} from '../../protocol/bodies/access-info.js';
import { encodeHeader } from '../../protocol/field-table.js';
import type { CommandContent } from '../../protocol/remoting-command.js';
import { RequestCode } from '../../protocol/request-code.js';
import {
  aclRequest,
  deleteAclRequest,
  listAclsRequest,
  listUsersRequest,
  userRequest,
} from '../../protocol/requests/access-admin.js';
import { toJson, type AdminRequests } from './admin-requests.js';

/** What a new user is, and what of one is to change. */
export interface UserSettings {
  /** The secret key that requests are signed with. */
  readonly password?: string;
  /** `Super`, who may do everything, or `Normal`. Default of a new user: `Normal`. */
  readonly userType?: string;
  /** `enable` or `disable`. Default of a new user: `enable`. */
  readonly userStatus?: string;
}

/**
 * Looks after users and their rules, which each broker keeps for itself. Everything rejects with
 * BrokerResponseError where the broker refuses, or has no access control.
 * Source: Apache 5.3 DefaultMQAdminExt.
 */
export class AccessAdmin {
  constructor(private readonly requests: AdminRequests) {}

  /** @param address the broker's */
  async createUser(address: string, username: string, settings: UserSettings & { password: string }): Promise<void> {
    await this.requests.ask(address, RequestCode.AUTH_CREATE_USER, userContent(username, settings));
  }

  /** Changes what is given, and leaves the rest. */
  async updateUser(address: string, username: string, change: UserSettings): Promise<void> {
    await this.requests.ask(address, RequestCode.AUTH_UPDATE_USER, userContent(username, change));
  }

  /** With the user's rules; one who is not there is no error. */
  async deleteUser(address: string, username: string): Promise<void> {
    await this.requests.ask(address, RequestCode.AUTH_DELETE_USER, {
      extFields: encodeHeader(userRequest, { username }),
    });
  }

  async user(address: string, username: string): Promise<UserInfo | undefined> {
    const extFields = encodeHeader(userRequest, { username });
    const found = await this.answer(address, RequestCode.AUTH_GET_USER, { extFields });
    return found === undefined ? undefined : readUserInfo(found);
  }

  /** @param filter a part of their names; default: all */
  async users(address: string, filter?: string): Promise<UserInfo[]> {
    const extFields = encodeHeader(listUsersRequest, { filter });
    return arrayOf(await this.answer(address, RequestCode.AUTH_LIST_USER, { extFields }), 'users').map(readUserInfo);
  }

  /** Adds rules to a user's; for a resource that has a rule it is replaced. */
  async createAcl(address: string, { subject, policies }: AclInfo): Promise<void> {
    await this.requests.ask(address, RequestCode.AUTH_CREATE_ACL, aclContent(subject, policies));
  }

  /** The same, for a user who has rules already. */
  async updateAcl(address: string, { subject, policies }: AclInfo): Promise<void> {
    await this.requests.ask(address, RequestCode.AUTH_UPDATE_ACL, aclContent(subject, policies));
  }

  /** @param subject such as `User:anna` @param resource whose rule goes; default: all of them */
  async deleteAcl(address: string, subject: string, resource?: string): Promise<void> {
    const extFields = encodeHeader(deleteAclRequest, { subject, resource });
    await this.requests.ask(address, RequestCode.AUTH_DELETE_ACL, { extFields });
  }

  /** Undefined: the user has none. @throws BrokerResponseError also when there is no such user */
  async acl(address: string, subject: string): Promise<AclInfo | undefined> {
    const extFields = encodeHeader(aclRequest, { subject });
    const found = await this.answer(address, RequestCode.AUTH_GET_ACL, { extFields });
    return found === undefined ? undefined : readAclInfo(found);
  }

  /** @param subjectFilter a part of `User:anna` @param resourceFilter a part of `Topic:orders`; defaults: all */
  async acls(address: string, subjectFilter?: string, resourceFilter?: string): Promise<AclInfo[]> {
    const extFields = encodeHeader(listAclsRequest, { subjectFilter, resourceFilter });
    return arrayOf(await this.answer(address, RequestCode.AUTH_LIST_ACL, { extFields }), 'acls').map(readAclInfo);
  }

  /** Undefined: there is nothing, which is answered without a body. */
  private async answer(address: string, code: number, content: CommandContent): Promise<FastjsonValue | undefined> {
    const { body } = await this.requests.ask(address, code, content);
    return body === undefined || body.length === 0 ? undefined : parseFastjson(body.toString());
  }
}

function userContent(username: string, settings: UserSettings): CommandContent {
  return { extFields: encodeHeader(userRequest, { username }), body: toJson({ username, ...settings }) };
}

function aclContent(subject: string, policies: readonly AclPolicy[]): CommandContent {
  return { extFields: encodeHeader(aclRequest, { subject }), body: toJson({ subject, policies }) };
}
