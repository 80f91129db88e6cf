export { frame } from '../engine/index.js';
