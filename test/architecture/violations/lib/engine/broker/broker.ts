export const broker = 'broker/broker';
