import { rocketTemplateToken } from './decorators/metadata.js';

// Tokens are texts, so that the ES module and the CommonJS copy of this library agree on them. Those
// of the default connection are known by their classes, too.

export { rocketTemplateToken };

const SERVER_PREFIX = 'nestjs-rocketmq:server:';

/** Token of a connection's RocketMqServer. */
export function rocketMqServerToken(connection: string): string {
  return SERVER_PREFIX + connection;
}

/** The connection that a token of rocketMqServerToken() belongs to; undefined for any other token. */
export function connectionOfServerToken(token: unknown): string | undefined {
  return typeof token === 'string' && token.startsWith(SERVER_PREFIX) ? token.slice(SERVER_PREFIX.length) : undefined;
}

/** Token of a connection's RocketMqClientProxy. */
export function rocketMqClientToken(connection: string): string {
  return `nestjs-rocketmq:client:${connection}`;
}

/** Token of a connection's MqAdmin. */
export function mqAdminToken(connection: string): string {
  return `nestjs-rocketmq:admin:${connection}`;
}

/** Token of a connection's OutboxService; its value is undefined without the option `outbox`. */
export function outboxToken(connection: string): string {
  return `nestjs-rocketmq:outbox:${connection}`;
}

/** Token of a connection's Inbox; its value is undefined without the option `inbox`. */
export function inboxToken(connection: string): string {
  return `nestjs-rocketmq:inbox:${connection}`;
}

/** Token of a connection's ListenerRegistry. */
export function listenerRegistryToken(connection: string): string {
  return `nestjs-rocketmq:listeners:${connection}`;
}

/** Override it in a test to hand in an engine of your own. Value: EngineStarter. */
export const ENGINE_STARTER = 'nestjs-rocketmq:engine-starter';

/** Override it in a test to hand in a clock of your own. Value: Clock. */
export const MQ_CLOCK = 'nestjs-rocketmq:clock';
