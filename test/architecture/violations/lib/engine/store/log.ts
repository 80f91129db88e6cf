export const log = 'store/log';
