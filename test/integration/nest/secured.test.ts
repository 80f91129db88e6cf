import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import { NodeClock } from '../../../lib/engine/platform/node-clock.js';
import { NodeNetwork } from '../../../lib/engine/platform/node-network.js';
import { silentLogger } from '../../../lib/engine/ports/logger.js';
import { response, type RemotingCommand } from '../../../lib/engine/protocol/remoting-command.js';
import { RequestCode } from '../../../lib/engine/protocol/request-code.js';
import { ResponseCode } from '../../../lib/engine/protocol/response-code.js';
import { TcpAcceptor } from '../../../lib/engine/remoting/tcp-transport.js';
import { MqModule } from '../../../lib/mq.module.js';
import { RocketTemplate } from '../../../lib/transport/mq.template.js';

const pem = (name: string): string => readFileSync(join(__dirname, '../../fixtures/tls', `${name}.pem`), 'utf8');

it('an application signs its requests, keeps to its namespace, and does so by TLS', async () => {
  const asked: RemotingCommand[] = [];
  const acceptor = new TcpAcceptor({
    network: new NodeNetwork(),
    clock: new NodeClock(),
    logger: silentLogger,
    host: '127.0.0.1',
    port: 0,
    tls: { key: pem('key'), cert: pem('cert'), plainAllowed: false },
  });
  const nameServer = (route: RemotingCommand): RemotingCommand => {
    asked.push(route);
    return response(ResponseCode.TOPIC_NOT_EXIST);
  };
  await acceptor.start(new Map([[RequestCode.GET_ROUTEINFO_BY_TOPIC, nameServer]]), () => {});
  const mq = MqModule.forRoot({
    engine: {
      type: 'remote',
      nameServers: [acceptor.address],
      acl: { accessKey: 'shop', secretKey: '12345678' },
      tls: { ca: pem('cert') },
      namespace: 'EU',
    },
  });
  const module = await Test.createTestingModule({ imports: [mq] }).compile();

  await expect(module.get(RocketTemplate).send('order', 1)).rejects.toThrow(/order/);
  expect(asked[0].extFields).toMatchObject({ AccessKey: 'shop', topic: 'EU%order' });
  expect(asked[0].extFields.Signature).toMatch(/^[\w+/]{27}=$/);
  await module.close();
  await acceptor.stop();
});
