// breaks: room-client
export { broker } from '../broker/broker.js';
