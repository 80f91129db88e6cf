// breaks: room-common
export { message } from '../message/message.js';
