import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Requirement } from '../../support/requirements.js';

/** Apache's release that a program is built against: a module of test/interop/java. */
export type Release = '5.3' | '4.9';

// npm runs tests and benchmarks in the repository's folder.
const root = join(process.cwd(), 'test/interop/java');
const stamp = join(root, 'target/built');

/** Interop tests start Apache's own programs; without Java 17 and Maven they are skipped. */
export const java17AndMaven: Requirement = findJavaAndMaven();

/** These live for seconds: what matters is that they start soon. */
export const shortLived = ['-Xms64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/**
 * The command line that starts one of our Java programs; builds them first when their sources are newer.
 * @param jvm options of the virtual machine; default: for a short life in 256 MiB
 */
export function javaCommand(
  release: Release,
  mainClass: string,
  jvm: readonly string[] = ['-Xmx256m', ...shortLived],
): string[] {
  buildWhenStale();
  const target = join(root, `apache-${release}`, 'target');
  const opened = ['java.base/java.nio', 'java.base/sun.nio.ch', 'java.base/jdk.internal.ref', 'java.base/java.lang'];
  return [
    'java',
    ...jvm,
    // 4.9 was written for Java 8 and looks behind these doors.
    ...opened.map((module) => `--add-opens=${module}=ALL-UNNAMED`),
    '-Drocketmq.client.logUseSlf4j=true',
    '-Djava.net.preferIPv4Stack=true',
    // Apache's consumers look once in 20 s, and at most once a second, at who shares the queues with them.
    '-Drocketmq.client.rebalance.waitInterval=1000',
    '-Drocketmq.client.rebalance.minInterval=50',
    '-cp',
    `${join(target, 'classes')}:${join(target, 'lib')}/*`,
    mainClass,
  ];
}

function buildWhenStale(): void {
  const newest = Math.max(...sources().map((file) => statSync(file).mtimeMs));
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= newest) return;
  const built = spawnSync('mvn', ['-q', '-B', 'process-classes'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`mvn could not build test/interop/java:\n${built.stdout}${built.stderr}`);
  mkdirSync(join(root, 'target'), { recursive: true });
  writeFileSync(stamp, '');
}

function sources(): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => !/(^|\/)target\//.test(file) && /\.(java|xml)$/.test(file))
    .map((file) => join(root, file));
}

function findJavaAndMaven(): Requirement {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = Number(/version "(\d+)/.exec(java.stderr ?? '')?.[1] ?? 0);
  if (version < 17) return { met: false, reason: 'needs Java 17 or newer on the PATH' };
  const maven = spawnSync('mvn', ['-version']);
  if (maven.status !== 0) return { met: false, reason: 'needs Maven (mvn) on the PATH' };
  return { met: true, reason: '' };
}
