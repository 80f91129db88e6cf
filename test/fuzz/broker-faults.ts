import { request, response } from '../../lib/engine/protocol/remoting-command.js';
import type { RemotingCommand } from '../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../lib/engine/protocol/request-code.js';
import type { ProcessorTable, RequestProcessor } from '../../lib/engine/remoting/channel.js';

/** Mistakes that a broker's processors could make, each planted into the real broker. */
export const plantedFaults: Readonly<Record<string, (sound: ProcessorTable) => ProcessorTable>> = {
  'a field is taken for granted': at(RequestCode.POP_MESSAGE, (sound) => (asked, channel) => {
    asked.extFields.topic.trim();
    return sound(asked, channel);
  }),
  'a number is taken for granted': at(RequestCode.QUERY_CONSUMER_OFFSET, (sound) => (asked, channel) => {
    BigInt(asked.extFields.queueId);
    return sound(asked, channel);
  }),
  'a body is taken for granted': at(RequestCode.LOCK_BATCH_MQ, (sound) => (asked, channel) => {
    (JSON.parse(String(asked.body)) as { mqSet: object[] }).mqSet.map(String);
    return sound(asked, channel);
  }),
  'a count is believed': at(RequestCode.PULL_MESSAGE, (sound) => (asked, channel) => {
    const until = performance.now() + 3000;
    for (let i = 0; i < Number(asked.extFields.maxMsgNums) && performance.now() < until;) i += 1;
    return sound(asked, channel);
  }),
  'a promise is left alone': at(RequestCode.ACK_MESSAGE, (sound) => (asked, channel) => {
    void Promise.resolve().then(() => asked.extFields.queueId.trim());
    return sound(asked, channel);
  }),
  'requests are remembered': everywhere((sound) => {
    const all: RemotingCommand[] = [];
    return (asked, channel) => {
      all.push({ ...asked, extFields: { ...asked.extFields } });
      return sound(asked, channel);
    };
  }),
  'an answer goes to whoever asks next': at(RequestCode.PULL_MESSAGE, (sound) => {
    let last: RemotingCommand | undefined;
    return async (asked, channel) => {
      const own = await sound(asked, channel);
      const given = last ?? own;
      last = own;
      return given;
    };
  }),
  'an offset is committed for all groups': at(RequestCode.UPDATE_CONSUMER_OFFSET, (sound) => (asked, channel) => {
    if (Number(asked.extFields.commitOffset) > 0) {
      const others = { ...asked.extFields, consumerGroup: 'witness', topic: 'Witness' };
      void sound({ ...asked, extFields: others }, channel);
    }
    return sound(asked, channel);
  }),
  'a message is answered before it is checked': at(RequestCode.SEND_MESSAGE_V2, (sound) => async (asked, channel) => {
    const answer = await sound(asked, channel);
    return answer && response(0, { extFields: { ...answer.extFields, queueOffset: '0' } });
  }),
  'a stranger is asked': everywhere((sound) => (asked, channel) => {
    if (asked.extFields.topic === '__proto__') channel.invokeOneway(request(-1));
    return sound(asked, channel);
  }),
};

function at(code: number, wrap: (sound: RequestProcessor) => RequestProcessor) {
  return (table: ProcessorTable): ProcessorTable => new Map([...table, [code, wrap(table.get(code)!)]]);
}

function everywhere(wrap: (sound: RequestProcessor) => RequestProcessor) {
  return (table: ProcessorTable): ProcessorTable =>
    new Map([...table].map(([code, processor]) => [code, wrap(processor)]));
}
