import { optional, required } from '../../option-table.js';

/** As mqadmin's. */
const DEFAULT_DIRECTORY = '/tmp/rocketmq/export';

export const exportOptions = {
  cluster: required('-c, --clusterName <name>', 'the cluster'),
  directory: optional('-f, --filePath <dir>', 'directory of the file', (text) => text, DEFAULT_DIRECTORY),
};
