// breaks: only-platform-reaches-the-system
export { setTimeout } from 'timers/promises';
