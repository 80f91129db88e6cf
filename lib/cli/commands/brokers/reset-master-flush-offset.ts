import { adminCommand } from '../../admin-command.js';
import { required, wholeNumber } from '../../option-table.js';

export const resetMasterFlushOffset = adminCommand({
  name: 'resetMasterFlushOffset',
  group: 'Brokers:',
  about: 'tells a slave how far its master has flushed',
  options: {
    address: required('-b, --brokerAddr <address>', 'the slave at host:port'),
    offset: required('-o, --offset <bytes>', 'physical offset', wholeNumber),
  },
  async run({ admin, output }, { address, offset }) {
    await admin.brokers.resetMasterFlushOffset(address, offset);
    output.print({ address, offset }, `${address} takes ${offset} for what its master has flushed.`);
  },
});
