export const message = 'message/message';
