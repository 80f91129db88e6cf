export const nodeClock = 'platform/node-clock';
