import { adminCommand } from '../../admin-command.js';
import { required } from '../../option-table.js';
import { timeText } from '../../output/time.js';
import { versionName } from '../../output/version-name.js';

export const producer = adminCommand({
  name: 'producer',
  group: 'Clients:',
  about: 'every producer that is connected to a broker',
  options: { address: required('-b, --broker <address>', 'the broker at host:port') },
  async run({ admin, output }, { address }) {
    const found = await admin.clients.producersOf(address);
    const rows = found.map(({ group, clientId, remoteIP, language, version, lastUpdateTimestamp }) => [
      group,
      clientId,
      remoteIP,
      language,
      versionName(version),
      timeText(lastUpdateTimestamp),
    ]);
    output.table(found, ['Group', 'Client', 'Address', 'Language', 'Version', 'Last heartbeat'], rows);
  },
});
