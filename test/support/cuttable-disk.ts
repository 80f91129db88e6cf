import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Requirement } from './requirements.js';

const MIB = 1024 * 1024;
/** FS_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: nothing that is not on the device gets there any more. */
const CUT = 'sysopen(my $d, $ARGV[0], 0) or die $!; my $how = pack("I", 2); ioctl($d, 0x8004587D, $how) or die $!';

/** A real ext4 on a loop device, whose power can be cut. Needs root. */
export class CuttableDisk {
  readonly path: string;
  private readonly directory = mkdtempSync(join(tmpdir(), 'nestjs-rocketmq-disk-'));
  private readonly image = join(this.directory, 'image');

  constructor({ sizeMib = 256 } = {}) {
    this.path = join(this.directory, 'mounted');
    mkdirSync(this.path);
    writeFileSync(this.image, '');
    truncateSync(this.image, sizeMib * MIB);
    run('mkfs.ext4', '-q', '-F', this.image);
    this.mount();
  }

  /** The moment after which nothing gets to the device. */
  cut(): void {
    run('perl', '-e', CUT, this.path);
  }

  /** As after a power cut: the journal is replayed, what was not synced is gone. */
  restart(): void {
    run('umount', this.path);
    this.mount();
  }

  remove(): void {
    run('umount', this.path);
    rmSync(this.directory, { recursive: true });
  }

  private mount(): void {
    run('mount', '-o', 'loop', this.image, this.path);
  }
}

/** What a CuttableDisk needs of the machine, tried once. */
export function cuttableDiskRequirement(): Requirement {
  if (process.platform !== 'linux') return { met: false, reason: 'needs Linux' };
  if (process.getuid?.() !== 0) return { met: false, reason: 'needs root, to mount a file system' };
  try {
    const disk = new CuttableDisk();
    try {
      disk.cut();
      disk.restart();
    } finally {
      disk.remove();
    }
    return { met: true, reason: '' };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { met: false, reason: `needs mkfs.ext4, mount, perl and a loop device: ${reason}` };
  }
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
