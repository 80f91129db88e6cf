// breaks: transport-below-module
export { module } from '../mq.module.js';
