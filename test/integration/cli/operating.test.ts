import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brokerConf, startEmbeddedEngine } from '../../../lib/engine/index.js';
import { operatedSettings, operating } from '../../support/operating.suite.js';

async function startOurs() {
  const directory = await mkdtemp(join(tmpdir(), 'rocketmq-operated-'));
  const given = Object.entries(operatedSettings).map(([name, value]) => ({ name, value }));
  const engine = await startEmbeddedEngine({
    storeDir: directory,
    listen: { nameServerPort: 0, brokerPort: 0 },
    broker: brokerConf(given).settings,
  });
  return {
    nameServerAddresses: engine.nameServerAddresses!,
    async stop() {
      await engine.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

operating(startOurs, test);
