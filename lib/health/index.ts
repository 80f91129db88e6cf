// nestjs-rocketmq/health: a health indicator for @nestjs/terminus.
export { RocketMqHealthIndicator, type RocketMqHealthOptions } from './rocket-mq.health.js';
