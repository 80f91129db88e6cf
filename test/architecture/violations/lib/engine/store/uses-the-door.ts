// breaks: room-store
export { frame } from '../index.js';
