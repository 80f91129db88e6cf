import { signingHook } from '../../../../../lib/engine/client/acl/session-credentials.js';
import { Producer } from '../../../../../lib/engine/client/producer/producer.js';
import { request, type RemotingCommand } from '../../../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../../../lib/engine/protocol/request-code.js';
import { ScriptedCluster } from '../../../../support/scripted-cluster.js';

const credentials = { accessKey: 'rocketmq2', secretKey: '12345678' };
const sign = (command: RemotingCommand, securityToken?: string): RemotingCommand =>
  signingHook({ ...credentials, securityToken }).beforeRequest!('', command);

describe('a signature', () => {
  // Values are those of Apache's Java client 5.3.3.
  test('covers values by the order of their names, and the body', () => {
    const extFields = { b: 'Orders', a: 'grüppe', i: 'KEYS\x01k\x02', e: '3' };
    const signed = sign(request(310, { extFields, body: Buffer.from('hello') }), 'token');
    expect(signed.extFields).toEqual({
      ...extFields,
      AccessKey: 'rocketmq2',
      SecurityToken: 'token',
      Signature: '+3asltUuqwB0as5d1G0tGLaX/sA=',
    });
  });

  test('without body and token', () => {
    const { extFields } = sign(request(105, { extFields: { topic: 'Orders' } }));
    expect(extFields.Signature).toBe('FcA3tMEdVoVecnk/9hp8gm5Uq3o=');
    expect(extFields).not.toHaveProperty('SecurityToken');
  });

  test('leaves the request as it was', () => {
    const command = request(105, { extFields: { topic: 'Orders' } });
    sign(command);
    expect(command.extFields).toEqual({ topic: 'Orders' });
  });
});

test('every request of a client is signed, what hooks add included', async () => {
  const cluster = new ScriptedCluster();
  await cluster.start('broker-a');
  cluster.createTopic('orders', { 'broker-a': 1 });
  const tag = {
    beforeRequest: (_: string, command: RemotingCommand) => ({
      ...command,
      extFields: { ...command.extFields, z: '1' },
    }),
  };
  const client = await cluster.client({ credentials, rpcHooks: [tag], namespaceV2: 'ns' });
  const producer = new Producer(client, { group: 'orders' });
  await producer.start();
  await producer.send({ topic: 'orders', body: Buffer.from('x') });
  await producer.stop();
  const peers = [...cluster.nameServers, ...cluster.brokers.values()];
  const { GET_ROUTEINFO_BY_TOPIC, HEART_BEAT, SEND_MESSAGE_V2, UNREGISTER_CLIENT } = RequestCode;
  for (const code of [GET_ROUTEINFO_BY_TOPIC, HEART_BEAT, SEND_MESSAGE_V2, UNREGISTER_CLIENT]) {
    const [command] = peers.flatMap((peer) => peer.requestsOf(code));
    const { Signature, AccessKey, ...rest } = command.extFields;
    expect({ code, AccessKey, rest }).toMatchObject({
      AccessKey: 'rocketmq2',
      rest: { z: '1', nsd: 'true', ns: 'ns' },
    });
    expect(sign({ ...command, extFields: rest }).extFields.Signature).toBe(Signature);
  }
});

test.each([
  [{ accessKey: ' ', secretKey: 'x' }, 'credentials.accessKey'],
  [{ accessKey: 'x', secretKey: '' }, 'credentials.secretKey'],
  [{ accessKey: 'x', secretKey: 'x', securityToken: '' }, 'credentials.securityToken'],
])('%j is refused', async (wrong, field) => {
  await expect(new ScriptedCluster().client({ credentials: wrong })).rejects.toMatchObject({
    code: 'CONFIGURATION',
    field,
  });
});
