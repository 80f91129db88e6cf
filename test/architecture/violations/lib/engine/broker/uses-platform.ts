// breaks: room-broker, only-roots-see-platform
export { nodeClock } from '../platform/node-clock.js';
