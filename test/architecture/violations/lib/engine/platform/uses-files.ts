export { readFileSync } from 'node:fs';
export { connect } from 'node:net';
