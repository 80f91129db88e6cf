// breaks: transaction-below-transport
export { template } from '../transport/template.js';
