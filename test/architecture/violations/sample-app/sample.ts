export { answer } from 'nestjs-rocketmq';
export const sample = 'sample';
