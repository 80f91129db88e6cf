// breaks: room-protocol
export { clock } from '../ports/clock.js';
