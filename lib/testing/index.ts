// nestjs-rocketmq/testing: what tests of an application need.
export { VirtualClock } from './virtual-clock.js';
