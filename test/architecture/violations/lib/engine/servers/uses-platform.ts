export { nodeClock } from '../platform/node-clock.js';
