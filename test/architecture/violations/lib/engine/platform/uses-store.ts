// breaks: room-platform
export { log } from '../store/log.js';
