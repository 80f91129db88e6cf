// breaks: room-ports
export { errors } from '../common/errors.js';
