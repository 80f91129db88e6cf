// breaks: room-access
export { log } from '../store/log.js';
