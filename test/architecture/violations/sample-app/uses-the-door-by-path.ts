// breaks: sample-is-a-user
export { answer } from '../lib/index.js';
