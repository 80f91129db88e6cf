// breaks: room-store
export { server } from '../remoting/server.js';
