// breaks: resolvable
export { nothing } from './nothing.js';
