export const module = 'mq.module';
