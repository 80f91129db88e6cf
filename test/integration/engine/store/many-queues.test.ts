import { NodeFileSystem } from '../../../../lib/engine/platform/node-file-system.js';
import type { OpenFile, OpenOptions } from '../../../../lib/engine/ports/file-system.js';
import { cycles } from '../../../support/run-options.js';
import { messageToStore, openStore, smallFiles, temporaryDirectory } from '../../../support/store-fixture.js';

/** Many times those that may be open; `--cycles 10000` for as many as a large broker has. */
const QUEUES = cycles(500);
const MOST_OPEN = 50;
/** Files that are open for a moment, while they are made or replaced; the consume queues' work is 16 wide. */
const MOST_PASSING = 32;

class CountingFileSystem extends NodeFileSystem {
  most = 0;
  private isOpen = 0;

  override async open(path: string, options?: OpenOptions): Promise<OpenFile> {
    const file = await super.open(path, options);
    this.most = Math.max(this.most, ++this.isOpen);
    const close = file.close.bind(file);
    file.close = () => {
      this.isOpen--;
      return close();
    };
    return file;
  }
}

const directory = temporaryDirectory();
afterAll(() => directory.remove());

it(`keeps few files open over ${QUEUES} queues, while they are written, started with and read`, async () => {
  const fileSystem = new CountingFileSystem();
  const options = { ...smallFiles, mappedFileSizeCommitLog: 1024 * 1024, maxOpenFiles: MOST_OPEN };
  const queueIds = Array.from({ length: QUEUES }, (_, queueId) => queueId);
  const first = openStore(directory.path, options, { fileSystem });
  await first.start();
  await Promise.all(queueIds.map((queueId) => first.put(messageToStore('Many', queueId, String(queueId)))));
  await first.stop();

  const second = openStore(directory.path, options, { fileSystem });
  await second.start();
  const found = await Promise.all(
    queueIds.map(async (queueId) => {
      const { records } = await second.get({ topic: 'Many', queueId, queueOffset: 0, maxCount: 1 });
      return records.length;
    }),
  );
  expect(found).toEqual(queueIds.map(() => 1));
  await second.stop();
  expect(fileSystem.most).toBeLessThanOrEqual(MOST_OPEN + MOST_PASSING);
}, 120_000);
