// breaks: room-raft
import type { clock } from '../ports/clock.js';
export type Clock = typeof clock;
