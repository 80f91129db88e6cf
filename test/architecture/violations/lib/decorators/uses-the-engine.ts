// breaks: decorators-are-metadata
export { frame } from '../engine/index.js';
