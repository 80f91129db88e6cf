// breaks: one-door-to-the-engine
export { producer } from '../engine/client/producer.js';
