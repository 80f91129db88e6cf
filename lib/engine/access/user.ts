import type { FastjsonObject } from '../common/fastjson.js';
import { textOf } from '../common/json-fields.js';

/** Somebody who may sign requests. A super user may do everything. Source: Apache 5.3 User. */
export interface User {
  readonly username: string;
  /** The secret key that requests are signed with. Never answered, never logged. */
  readonly password: string;
  readonly userType: UserType;
  readonly userStatus: UserStatus;
}

export type UserType = 'Super' | 'Normal';
export type UserStatus = 'enable' | 'disable';

/** What a request says of a user: only what is to be changed. */
export type UserChange = Partial<Omit<User, 'username'>>;

const NAME_LIMIT = 255;

/** In any case, as Apache reads it; undefined: neither. */
export function parseUserType(name: string): UserType | undefined {
  return (['Super', 'Normal'] as const).find((type) => type.toLowerCase() === name.toLowerCase());
}

export function parseUserStatus(name: string): UserStatus | undefined {
  return (['enable', 'disable'] as const).find((status) => status === name.toLowerCase());
}

/** What is wrong with a user's name or secret; undefined: nothing. */
export function userTextProblem(what: 'username' | 'password', value: string): string | undefined {
  if (value.trim() === '') return `${what} can not be blank`;
  if (value.length > NAME_LIMIT) return `${what} has ${value.length} characters; at most ${NAME_LIMIT} are allowed`;
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\x00-\x1f\x7f]/.test(value)) return `${what} holds a control character; leave it out`;
  return undefined;
}

/** Reads what CREATE_USER and UPDATE_USER bring, and what is stored. Blank is as if it were not there. @throws ProtocolError */
export function readUserChange(json: FastjsonObject): UserChange {
  const given = (name: string): string => textOf(json[name], name, '').trim();
  const [password, userType, userStatus] = [
    textOf(json.password, 'password', ''),
    given('userType'),
    given('userStatus'),
  ];
  return {
    ...(password.trim() !== '' && { password }),
    ...(userType !== '' && { userType: parseUserType(userType) }),
    ...(userStatus !== '' && { userStatus: parseUserStatus(userStatus) }),
  };
}
