import { commandFamily } from '../admin-command.js';
import { txInit, txPurge, txStatus, txSweep } from './record-commands.js';
import { txList } from './tx-list.js';
import { txResume } from './tx-resume.js';
import { txShow } from './tx-show.js';

export const tx = commandFamily(
  { name: 'tx', group: 'Watching and mending:', about: 'transactions between their half message and their end' },
  [txList, txShow, txResume, txInit, txStatus, txSweep, txPurge],
);
