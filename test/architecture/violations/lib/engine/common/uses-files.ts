// breaks: only-platform-reaches-the-system
export { readFileSync } from 'node:fs';
export { readFile } from 'node:fs/promises';
