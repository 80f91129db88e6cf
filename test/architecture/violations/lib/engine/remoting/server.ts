export const server = 'remoting/server';
