import { ByteReader } from '../common/byte-reader.js';
import { ByteWriter } from '../common/byte-writer.js';
import { ProtocolError } from '../common/errors.js';
import { codeOfLanguage, languageOf } from './language-code.js';
import { CommandFlag, MAX_EXT_FIELDS, tooManyFields, type CommandHeader, type ExtFields } from './remoting-command.js';
import { RequestCode } from './request-code.js';

/**
 * The binary form of a header, Apache's serialize type ROCKETMQ. Big-endian.
 *
 *   code 2 (signed) | language 1 | version 2 | opaque 4 | flag 4
 *   remarkLength 4, remark | extLength 4, then entries: nameLength 2, name, valueLength 4, value
 *
 * Source: Apache 5.3 RocketMQSerializable.
 */
const FIXED_BYTES = 2 + 1 + 2 + 4 + 4 + 4 + 4;
const ENTRY_BYTES = 2 + 4;

/** Request codes beyond 16 bits arrive cut to them: 200050 as 3442. */
const cutCodes = new Map<number, number>(
  Object.values(RequestCode)
    .filter((code) => code > 0x7fff)
    .map((code) => [(code << 16) >> 16, code]),
);

/** @throws ProtocolError a code beyond 16 bits, which this form cannot carry */
export function encodeCompactHeader(header: CommandHeader): Buffer {
  const { code, language, version, opaque, flag, remark = '', extFields } = header;
  if (code !== (code << 16) >> 16) {
    throw new ProtocolError(`code ${code} does not fit the binary header; use the JSON form`);
  }
  const fields = Object.entries(extFields);
  let extLength = 0;
  for (const [name, value] of fields) extLength += ENTRY_BYTES + Buffer.byteLength(name) + Buffer.byteLength(value);
  const remarkLength = Buffer.byteLength(remark);

  const writer = new ByteWriter(Buffer.allocUnsafe(FIXED_BYTES + remarkLength + extLength));
  writer.int16(code).uint8(codeOfLanguage(language)).uint16(version).int32(opaque).int32(flag);
  writer.int32(remarkLength).utf8(remark);
  writer.int32(extLength);
  for (const [name, value] of fields) {
    writer.uint16(Buffer.byteLength(name)).utf8(name);
    writer.int32(Buffer.byteLength(value)).utf8(value);
  }
  return writer.bytes;
}

/** Entries without a name or a value count as absent. @throws ProtocolError when the lengths don't agree */
export function decodeCompactHeader(bytes: Buffer): CommandHeader {
  const reader = new ByteReader(bytes);
  const code = reader.int16();
  const language = languageOf(reader.uint8());
  const version = reader.uint16();
  const opaque = reader.int32();
  const flag = reader.int32();
  const remark = reader.utf8(reader.int32());
  const extFields = decodeExtFields(new ByteReader(reader.slice(reader.int32())));
  const isRequest = (flag & CommandFlag.response) === 0;
  return {
    code: isRequest ? (cutCodes.get(code) ?? code) : code,
    flag,
    opaque,
    language,
    version,
    remark: remark === '' ? undefined : remark,
    extFields,
  };
}

function decodeExtFields(reader: ByteReader): ExtFields {
  const extFields: ExtFields = {};
  for (let count = 0; reader.remaining > 0; count++) {
    if (count === MAX_EXT_FIELDS) throw tooManyFields(`more than ${count}`);
    const name = reader.utf8(reader.uint16());
    const value = reader.utf8(reader.int32());
    if (name !== '' && value !== '') extFields[name] = value;
  }
  return extFields;
}
