import { ProtocolError } from '../common/errors.js';

/** 5.3.3's ordinal in MQVersion: what we say we are. */
export const PROTOCOL_VERSION = 479;

export type ExtFields = Record<string, string>;

/** Apache's largest header has some thirty. */
export const MAX_EXT_FIELDS = 512;

export function tooManyFields(count: number | string): ProtocolError {
  return new ProtocolError(`a header has ${count} extFields; at most ${MAX_EXT_FIELDS} are allowed`);
}

/** Bits of `flag`. */
export const CommandFlag = { response: 1, oneway: 2 } as const;

/**
 * A request or a response. Over the in-memory channel the object itself travels, so whoever
 * receives one must not change it; over TCP it is a frame (frame-codec.ts).
 * Source: Apache 5.3 RemotingCommand.
 */
export interface RemotingCommand {
  /** A request code, or in a response a response code. */
  readonly code: number;
  /** Bits of CommandFlag. */
  readonly flag: number;
  /** The requester's number for the call; the response repeats it. */
  readonly opaque: number;
  readonly language: string;
  readonly version: number;
  readonly remark?: string;
  readonly extFields: ExtFields;
  readonly body?: Buffer;
}

/** Everything of a command but its body. */
export type CommandHeader = Omit<RemotingCommand, 'body'>;

export interface CommandContent {
  extFields?: ExtFields;
  body?: Buffer;
  remark?: string;
}

/** A request; its channel gives it an opaque when it is sent. */
export function request(code: number, content?: CommandContent): RemotingCommand {
  return command(code, 0, content);
}

/** A response; its channel gives it the request's opaque when it is sent. */
export function response(code: number, content?: CommandContent): RemotingCommand {
  return command(code, CommandFlag.response, content);
}

export function isResponse({ flag }: RemotingCommand): boolean {
  return (flag & CommandFlag.response) !== 0;
}

export function isOneway({ flag }: RemotingCommand): boolean {
  return (flag & CommandFlag.oneway) !== 0;
}

/** The command as one particular call carries it: one object may be sent more than once. */
export function numbered(command: RemotingCommand, opaque: number, flag: number): RemotingCommand {
  const { code, language, version, remark, extFields, body } = command;
  return { code, flag, opaque, language, version, remark, extFields, body };
}

function command(code: number, flag: number, { extFields = {}, body, remark }: CommandContent = {}): RemotingCommand {
  return { code, flag, opaque: 0, language: 'NODE_JS', version: PROTOCOL_VERSION, remark, extFields, body };
}
