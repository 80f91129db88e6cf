// breaks: lib-stands-alone
export { sample } from '../sample-app/sample.js';
