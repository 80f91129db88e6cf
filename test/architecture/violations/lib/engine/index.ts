export { nodeClock } from './platform/node-clock.js';
export { frame } from './protocol/frame.js';
