// breaks: room-message
export { frame } from '../protocol/frame.js';
