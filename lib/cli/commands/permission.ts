import { InvalidArgumentError } from 'commander';

const [WRITE, READ] = [2, 4];

/** 2: write, 4: read, 6: both. */
export function permission(text: string): number {
  const perm = Number(text);
  if (![WRITE, READ, READ + WRITE].includes(perm)) throw new InvalidArgumentError('2 (write), 4 (read) or 6 (both).');
  return perm;
}

/** `RW-` as Apache writes it. */
export function permissionText(perm: number): string {
  return `${(perm & READ) !== 0 ? 'R' : '-'}${(perm & WRITE) !== 0 ? 'W' : '-'}${(perm & 1) !== 0 ? 'X' : '-'}`;
}
