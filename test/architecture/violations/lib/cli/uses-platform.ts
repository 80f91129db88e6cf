// breaks: one-door-to-the-engine, only-roots-see-platform
export { nodeClock } from '../engine/platform/node-clock.js';
