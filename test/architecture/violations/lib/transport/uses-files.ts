// breaks: only-platform-reaches-the-system
export { readFileSync } from 'node:fs';
