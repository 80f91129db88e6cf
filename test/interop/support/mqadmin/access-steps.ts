/** A command about users and their rules, as `access-control.test.ts` runs it on both brokers. */
export interface AccessStep {
  words(brokerAddress: string): readonly string[];
  prints: RegExp;
  /** What our own command of that name prints. */
  ours: RegExp;
  /** How what it prints of ours differs from what it prints of Apache's, on purpose. */
  differs?: string;
}

const NO_PASSWORDS = 'the password is not shown';

export const accessSteps: Readonly<Record<string, AccessStep>> = {
  createUser: {
    words: (b) => ['createUser', '-b', b, '-u', 'berta', '-p', 'berta123'],
    prints: /success/,
    ours: /User berta is on BROKER/,
  },
  'createUser again': {
    words: (b) => ['createUser', '-b', b, '-u', 'berta', '-p', 'x'],
    prints: /existed/,
    ours: /existed/,
  },
  updateUser: {
    words: (b) => ['updateUser', '-b', b, '-u', 'berta', '-s', 'disable'],
    prints: /success/,
    ours: /userStatus of berta/,
  },
  'updateUser of nobody': {
    words: (b) => ['updateUser', '-b', b, '-u', 'no', '-s', 'disable'],
    prints: /not exist/,
    ours: /not exist/,
  },
  getUser: {
    words: (b) => ['getUser', '-b', b, '-u', 'berta'],
    prints: /^berta .* Normal +disable/m,
    ours: /BROKER +berta +Normal +disable/,
    differs: NO_PASSWORDS,
  },
  listUser: {
    words: (b) => ['listUser', '-b', b, '-f', 'bert'],
    prints: /^berta/m,
    ours: /BROKER +berta +Normal +disable/,
    differs: NO_PASSWORDS,
  },
  copyUser: {
    words: (b) => ['copyUser', '-f', b, '-t', b, '-u', 'berta'],
    prints: /copy user of berta/,
    ours: /berta is copied/,
  },
  createAcl: {
    words: (b) =>
      words('createAcl', b, ['-r', 'Topic:one,Group:app*', '-a', 'Pub,Sub', '-i', '10.0.0.0/8', '-d', 'Allow']),
    prints: /success/,
    ours: /for Topic:one, Group:app\* are on/,
  },
  'createAcl of no resource': {
    words: (b) => words('createAcl', b, ['-r', 'Queue:one', '-a', 'Pub', '-d', 'Allow']),
    prints: /resource is null/,
    ours: /resource is null/,
  },
  updateAcl: {
    words: (b) => words('updateAcl', b, ['-r', 'Topic:one', '-a', 'All', '-d', 'Deny']),
    prints: /success/,
    ours: /for Topic:one are on/,
  },
  getAcl: {
    words: (b) => words('getAcl', b),
    prints: /User:berta +Custom +Topic:one +\[?All/,
    ours: /User:berta +Custom +Topic:one +All/,
  },
  listAcl: {
    words: (b) => words('listAcl', b, ['-r', 'Group']),
    prints: /Group:app\*/,
    ours: /Group:app\* +Pub,Sub +10.0.0.0/,
  },
  copyAcl: {
    words: (b) => ['copyAcl', '-f', b, '-t', b, '-s', 'User:berta'],
    prints: /copy acl of User:berta/,
    ours: /Rules of User:berta are copied/,
  },
  deleteAcl: {
    words: (b) => words('deleteAcl', b, ['-r', 'Topic:one']),
    prints: /success/,
    ours: /taken from User:berta/,
  },
  'getAcl after it': { words: (b) => words('getAcl', b), prints: /Group:app\*/, ours: /Group:app\*/ },
  deleteUser: { words: (b) => ['deleteUser', '-b', b, '-u', 'berta'], prints: /success/, ours: /is deleted from/ },
  'getAcl of nobody': { words: (b) => words('getAcl', b), prints: /not exist/, ours: /not exist/ },
};

function words(command: string, brokerAddress: string, more: readonly string[] = []): string[] {
  return [command, '-b', brokerAddress, '-s', 'User:berta', ...more];
}
