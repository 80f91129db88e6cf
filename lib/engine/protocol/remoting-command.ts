/** 5.3.3's ordinal in MQVersion: what we say we are. */
export const PROTOCOL_VERSION = 479;

export type ExtFields = Record<string, string>;

const RESPONSE_FLAG = 1;
const ONEWAY_FLAG = 2;

/**
 * A request or a response. Over the in-memory channel the object itself travels, so whoever
 * receives one must not change it; over TCP it is a frame (frame-codec.ts).
 * Source: Apache 5.3 RemotingCommand.
 */
export interface RemotingCommand {
  /** A request code, or in a response a response code. */
  readonly code: number;
  /** Bit 0: response; bit 1: oneway. */
  flag: number;
  /** The requester's number for the call; the response repeats it. */
  opaque: number;
  readonly language: string;
  readonly version: number;
  readonly remark?: string;
  readonly extFields: ExtFields;
  readonly body?: Buffer;
}

export interface CommandContent {
  extFields?: ExtFields;
  body?: Buffer;
  remark?: string;
}

/** A request; its channel gives it an opaque when it is sent. */
export function request(code: number, { extFields = {}, body, remark }: CommandContent = {}): RemotingCommand {
  return { code, flag: 0, opaque: 0, language: 'NODE_JS', version: PROTOCOL_VERSION, remark, extFields, body };
}

/** A response; its channel gives it the request's opaque when it is sent. */
export function response(code: number, { extFields = {}, body, remark }: CommandContent = {}): RemotingCommand {
  return {
    code,
    flag: RESPONSE_FLAG,
    opaque: 0,
    language: 'NODE_JS',
    version: PROTOCOL_VERSION,
    remark,
    extFields,
    body,
  };
}

export function isResponse({ flag }: RemotingCommand): boolean {
  return (flag & RESPONSE_FLAG) !== 0;
}

export function isOneway({ flag }: RemotingCommand): boolean {
  return (flag & ONEWAY_FLAG) !== 0;
}

export function asOneway(command: RemotingCommand, opaque: number): RemotingCommand {
  return { ...command, flag: command.flag | ONEWAY_FLAG, opaque };
}
