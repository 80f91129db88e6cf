// breaks: only-platform-reaches-the-system
import type { Socket } from 'node:net';
export type Connection = Socket;
