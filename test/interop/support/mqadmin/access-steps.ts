/** A command about users and their rules, as `access-control.test.ts` runs it on both brokers. */
export interface AccessStep {
  words(brokerAddress: string): readonly string[];
  prints: RegExp;
  /** How what it prints of ours differs from what it prints of Apache's, on purpose. */
  differs?: string;
}

const NO_PASSWORDS = 'the password is not shown';

export const accessSteps: Readonly<Record<string, AccessStep>> = {
  createUser: { words: (b) => ['createUser', '-b', b, '-u', 'berta', '-p', 'berta123'], prints: /success/ },
  'createUser again': { words: (b) => ['createUser', '-b', b, '-u', 'berta', '-p', 'x'], prints: /existed/ },
  updateUser: { words: (b) => ['updateUser', '-b', b, '-u', 'berta', '-s', 'disable'], prints: /success/ },
  'updateUser of nobody': { words: (b) => ['updateUser', '-b', b, '-u', 'no', '-s', 'disable'], prints: /not exist/ },
  getUser: {
    words: (b) => ['getUser', '-b', b, '-u', 'berta'],
    prints: /^berta .* Normal +disable/m,
    differs: NO_PASSWORDS,
  },
  listUser: { words: (b) => ['listUser', '-b', b, '-f', 'bert'], prints: /^berta/m, differs: NO_PASSWORDS },
  copyUser: { words: (b) => ['copyUser', '-f', b, '-t', b, '-u', 'berta'], prints: /copy user of berta/ },
  createAcl: {
    words: (b) =>
      words('createAcl', b, ['-r', 'Topic:one,Group:app*', '-a', 'Pub,Sub', '-i', '10.0.0.0/8', '-d', 'Allow']),
    prints: /success/,
  },
  'createAcl of no resource': {
    words: (b) => words('createAcl', b, ['-r', 'Queue:one', '-a', 'Pub', '-d', 'Allow']),
    prints: /resource is null/,
  },
  updateAcl: { words: (b) => words('updateAcl', b, ['-r', 'Topic:one', '-a', 'All', '-d', 'Deny']), prints: /success/ },
  getAcl: { words: (b) => words('getAcl', b), prints: /User:berta +Custom +Topic:one +\[?All/ },
  listAcl: { words: (b) => words('listAcl', b, ['-r', 'Group']), prints: /Group:app\*/ },
  copyAcl: { words: (b) => ['copyAcl', '-f', b, '-t', b, '-s', 'User:berta'], prints: /copy acl of User:berta/ },
  deleteAcl: { words: (b) => words('deleteAcl', b, ['-r', 'Topic:one']), prints: /success/ },
  'getAcl after it': { words: (b) => words('getAcl', b), prints: /Group:app\*/ },
  deleteUser: { words: (b) => ['deleteUser', '-b', b, '-u', 'berta'], prints: /success/ },
  'getAcl of nobody': { words: (b) => words('getAcl', b), prints: /not exist/ },
};

function words(command: string, brokerAddress: string, more: readonly string[] = []): string[] {
  return [command, '-b', brokerAddress, '-s', 'User:berta', ...more];
}
