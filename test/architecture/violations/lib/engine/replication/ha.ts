export const ha = 'replication/ha';
