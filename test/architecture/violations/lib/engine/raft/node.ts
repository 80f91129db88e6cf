export const node = 'raft/node';
