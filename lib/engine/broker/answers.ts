export { refuse, succeed, succeedWith } from '../protocol/answers.js';
