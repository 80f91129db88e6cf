// breaks: room-store
export const server = import('../remoting/server.js');
