// breaks: room-replication
export { message } from '../message/message.js';
