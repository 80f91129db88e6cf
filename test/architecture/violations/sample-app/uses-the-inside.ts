// breaks: sample-is-a-user
export { module } from '../lib/mq.module.js';
