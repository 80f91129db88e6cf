import { DescriptorWait } from '../../../../lib/engine/store/descriptor-wait.js';
import { SimulatedFileSystem, systemError } from '../../../../lib/testing/simulated-file-system.js';
import { VirtualClock } from '../../../../lib/testing/virtual-clock.js';

const clock = new VirtualClock();
let disk: SimulatedFileSystem;
let told: number;
let patient: DescriptorWait;

beforeEach(() => {
  disk = new SimulatedFileSystem();
  told = 0;
  patient = new DescriptorWait(disk, { clock, onNoneLeft: () => told++ });
});

test.each(['EMFILE', 'ENFILE'])('waits for a descriptor, and says so once: %s', async (code) => {
  disk.onCall = ({ path }) => {
    throw systemError(code, path);
  };
  const files = Promise.all([patient.open('/a', { create: true }), patient.open('/b', { create: true })]);
  await clock.advance(10_000);
  expect(told).toBe(1);
  disk.onCall = undefined;
  await clock.advance(200);
  expect(await files).toHaveLength(2);
});

test('gives up after five minutes', async () => {
  disk.onCall = ({ path }) => {
    throw systemError('EMFILE', path);
  };
  const refused = expect(patient.syncDirectory('/')).rejects.toMatchObject({ code: 'EMFILE' });
  await clock.advance(301_000);
  await refused;
});

test('does not wait for what no time mends', async () => {
  await expect(patient.open('/nowhere')).rejects.toMatchObject({ code: 'ENOENT' });
  expect(told).toBe(0);
});
