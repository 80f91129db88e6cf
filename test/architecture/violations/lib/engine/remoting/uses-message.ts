// breaks: room-remoting
export { message } from '../message/message.js';
