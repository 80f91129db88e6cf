// breaks: room-broker
import type { producer } from '../client/producer.js';
export type Producer = typeof producer;
