export type { Cancellable, Clock } from './ports/clock.js';
