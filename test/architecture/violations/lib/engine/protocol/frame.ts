export const frame = 'protocol/frame';
