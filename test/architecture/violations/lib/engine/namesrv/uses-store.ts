// breaks: room-namesrv
export { log } from '../store/log.js';
