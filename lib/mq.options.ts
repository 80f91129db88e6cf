import type { DynamicModule } from '@nestjs/common';
import { z } from 'zod';
import {
  ConfigurationError,
  logLevels,
  type Logger,
  type LogLevel,
  type ProducerHook,
  type ProducerOptions,
} from './engine/index.js';
import type { ClientTls, ServerTls, SessionCredentials, ThreadSettings } from './engine/index.js';
import type { InboxOptions, OutboxTuning, TransactionTuning, UnitOfWork } from './transaction/index.js';
import type { ConnectionInit } from './transport/await-cluster.js';
import { logAreas, type LoggingSettings } from './transport/area-logger.js';
import { checkOptions } from './transport/check-options.js';
import type { ConsumerDefaults } from './transport/consumer-defaults.js';
import { rules } from './transport/listener-options.js';
import type { PayloadCodec } from './transport/payload-codec.js';
import type { Telemetry } from './transport/telemetry.js';

/** A broker inside the process. */
export interface EmbeddedEngineSettings {
  type: 'embedded';
  /** Directory of the store; created when it is missing. One process at a time. */
  storeDir: string;
  /** Opens name server and broker to other processes. Default: reached inside this process only. */
  listen?: {
    /** Default 127.0.0.1. */
    host?: string;
    /** Default 9876; 0 takes a free one. */
    nameServerPort?: number;
    /** Default 10911; 0 takes a free one. */
    brokerPort?: number;
    /** Lets `host` be open to other machines although not everybody is asked who they are, or not by TLS. Default false. */
    insecure?: boolean;
    /** TLS for both ports, with PEM texts. Default: plain connections. */
    tls?: ServerTls;
    /** RocketMQ's tls.properties in place of `tls`: certificates are loaded anew when their files change. */
    tlsConfig?: string;
  };
  /** Settings of the broker by RocketMQ's names (flushDiskType, messageDelayLevel, …). */
  broker?: Record<string, unknown>;
  /**
   * Runs name server and broker in a worker thread, so that they and handlers don't wait for each
   * other; single requests take longer. Default false.
   */
  worker?: boolean | ThreadSettings;
}

/** A RocketMQ cluster. */
export interface RemoteEngineSettings {
  type: 'remote';
  /** `host:port` of each name server. */
  nameServers?: string[];
  /**
   * In place of nameServers: a web page that names them, separated by `;`, such as
   * `http://127.0.0.1:8080/rocketmq/nsaddr`. Asked again every 2 minutes.
   */
  nameServerEndpoint?: string;
  /** Who the application is towards a cluster with access control. Default: nobody. */
  acl?: SessionCredentials;
  /** Connect by TLS; certificates and keys as PEM texts. Default: plain connections. */
  tls?: ClientTls;
  /** Topics and groups of this name only: `order` is known to the cluster as `<namespace>%order`. Default: none. */
  namespace?: string;
  /** The same for clusters of 5.x that keep namespaces apart themselves. Default: none. */
  namespaceV2?: string;
  /** Where broadcasting listeners keep their progress. Default `.rocketmq_offsets` in the home directory. */
  localOffsetStoreDir?: string;
  /** What a start does while no name server answers. Default: it goes on, and the cluster is found later. */
  connectionInit?: ConnectionInit;
}

/** Which database transactions messages are tied to. */
export interface TransactionSettings extends Partial<TransactionTuning> {
  unitOfWork: UnitOfWork;
  /** One for each service and database. */
  producerGroup: string;
}

/** Of the outbox of a connection. */
export interface OutboxSettings extends Partial<OutboxTuning> {
  /** Default: that of `transaction`. */
  unitOfWork?: UnitOfWork;
  /** Of the producer that sends what is in the table. Default group: NEST_OUTBOX. */
  producer?: Partial<ProducerOptions>;
}

/** Of the inbox of a connection. */
export interface InboxSettings extends Pick<InboxOptions<unknown>, 'synchronize' | 'retentionMs' | 'lockTimeoutMs'> {
  /** Of the database that handlers write to. Default: that of `transaction`. */
  unitOfWork?: UnitOfWork;
}

/** Options of MqModule.forRoot(). */
export interface MqModuleOptions {
  /** Where messages go; changing this alone moves an application to an Apache RocketMQ cluster. */
  engine: EmbeddedEngineSettings | RemoteEngineSettings;
  /** Of RocketTemplate and ClientProxy. Default group: NEST_PRODUCER. */
  producer?: Partial<ProducerOptions>;
  /** What listeners share unless they say otherwise. */
  consumerDefaults?: ConsumerDefaults;
  /** Lets RocketTemplate.sendInTransaction() tie messages to database transactions. */
  transaction?: TransactionSettings;
  /** Messages in a table of the local transaction, sent after its commit: instead of half messages, or beside them. */
  outbox?: OutboxSettings;
  /** Lets listeners with `@Idempotent` apply each message once. */
  inbox?: InboxSettings;
  /** Payloads to bodies and back. Default: text and bytes as they are, the rest as JSON. */
  serializer?: PayloadCodec;
  /**
   * False: global guards, pipes, interceptors and filters leave listeners alone. Default true. Not
   * for listeners that are started by connectMicroservice(): there Nest's inheritAppConfig decides.
   */
  globalEnhancers?: boolean;
  /** Who counts, measures or traces what is sent and consumed, the first outermost. Default: nobody. */
  telemetry?: readonly Telemetry[];
  /** The least important sentences that reach Nest's log. Default 'info'; 'debug' tells of single requests. */
  logLevel?: LogLevel;
  logging?: LoggingSettings;
  /** Shows a table of the listeners at the start and looks for known mistakes. Default: NODE_ENV is 'development'. */
  development?: boolean;
  shutdown?: {
    /** How long handlers under way are waited for. Default 30000. */
    drainTimeoutMs?: number;
  };
}

/** For useClass and useExisting of MqModule.forRootAsync. */
export interface MqOptionsFactory {
  createMqOptions(): MqModuleOptions | Promise<MqModuleOptions>;
}

/** Options beside those of the connection; also in forRootAsync given directly. */
export interface MqModuleExtras {
  /** Its template is injectable everywhere. Default true. */
  isGlobal?: boolean;
  /** Name of this connection when there are several. Default 'default'. */
  connection?: string;
  /** Made inside the module, for example to be injected into useFactory. */
  extraProviders?: NonNullable<DynamicModule['providers']>;
}

export type ResolvedMqOptions = Readonly<
  MqModuleOptions & {
    producer: ProducerOptions;
    consumerDefaults: ConsumerDefaults;
    development: boolean;
    drainTimeoutMs: number;
  }
>;

const port = z.number().int().min(0).max(65_535);
const duration = z.number().min(0);
const pem = z.string().includes('-----BEGIN', { error: "must be a PEM text: a file's contents, not its path" });
const address = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:;]+):\d{1,5}$/, "must be 'host:port', such as 127.0.0.1:9876");

const producer = z
  .strictObject({
    group: z.string().min(1),
    sendMsgTimeoutMs: rules.positive,
    retryTimesWhenSendFailed: z.number().int().min(0),
    retryAnotherBrokerWhenNotStoreOK: z.boolean(),
    compressMsgBodyOverHowmuch: z.number().int().min(0),
    maxMessageSize: rules.positive,
    defaultTopicQueueNums: rules.positive,
    sendLatencyFaultEnable: z.boolean(),
    startDetectorEnable: z.boolean(),
    detectTimeoutMs: rules.positive,
    detectIntervalMs: rules.positive,
    compressType: z.enum(['ZLIB', 'LZ4', 'ZSTD']),
    compressLevel: rules.positive.max(9),
    backPressureForAsyncSendNum: rules.positive.min(10),
    backPressureForAsyncSendSize: rules.positive.min(1024 * 1024),
    enableTrace: z.boolean(),
    traceTopic: z.string().min(1),
    hooks: z.array(z.custom<ProducerHook>(isObject, 'must be an object')),
    autoBatch: z.boolean(),
  } satisfies Record<keyof ProducerOptions, z.ZodType>)
  .partial();

const unitOfWork = z.custom<UnitOfWork>(
  isUnitOfWork,
  'must be a unit of work, such as new TypeOrmUnitOfWork(dataSource)',
);

const schema = z.strictObject({
  engine: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('embedded'),
      storeDir: z.string().min(1, 'must name a directory'),
      listen: z
        .strictObject({
          host: z.string().min(1),
          nameServerPort: port,
          brokerPort: port,
          insecure: z.boolean(),
          tls: z.strictObject({
            key: pem,
            cert: pem,
            ca: pem.optional(),
            clientCertRequired: z.boolean().optional(),
            plainAllowed: z.boolean(),
          } satisfies Record<keyof ServerTls, z.ZodType>),
          tlsConfig: z.string().min(1, 'must name a tls.properties'),
        })
        .partial()
        .optional(),
      broker: z.record(z.string(), z.unknown()).optional(),
      worker: z
        .union([
          z.boolean(),
          z
            .strictObject({
              execArgv: z.array(z.string()),
              maxYoungGenerationSizeMb: rules.positive,
            } satisfies Record<keyof ThreadSettings, z.ZodType>)
            .partial(),
        ])
        .optional(),
    }),
    z
      .strictObject({
        type: z.literal('remote'),
        nameServers: z.array(address).min(1, 'must name at least one name server').optional(),
        nameServerEndpoint: z
          .url({ protocol: /^https?$/, error: "must be a web page's address, such as http://host:8080/path" })
          .optional(),
        acl: z
          .strictObject({
            accessKey: z.string().min(1),
            secretKey: z.string().min(1),
            securityToken: z.string().min(1).optional(),
          } satisfies Record<keyof SessionCredentials, z.ZodType>)
          .optional(),
        tls: z
          .strictObject({ ca: pem, trustAll: z.boolean(), key: pem, cert: pem } satisfies Record<
            keyof ClientTls,
            z.ZodType
          >)
          .partial()
          .optional(),
        namespace: z.string().min(1).optional(),
        namespaceV2: z.string().min(1).optional(),
        localOffsetStoreDir: z.string().min(1).optional(),
        connectionInit: z
          .strictObject({ wait: z.boolean(), timeoutMs: duration, reject: z.boolean() } satisfies Record<
            keyof ConnectionInit,
            z.ZodType
          >)
          .partial()
          .optional(),
      })
      .superRefine(checkNameServers),
  ]),
  producer: producer.optional(),
  consumerDefaults: z
    .strictObject({
      group: z.string().min(1),
      concurrency: rules.concurrency,
      pullBatchSize: rules.pullBatchSize,
      maxReconsumeTimes: rules.maxReconsumeTimes,
      suspendMs: rules.suspendMs,
      consumeFrom: rules.consumeFrom,
      enableTrace: z.boolean(),
      traceTopic: z.string().min(1),
      consumeTimeoutMs: rules.positive,
      backoff: rules.backoff,
      retryOn: rules.callback,
    } satisfies Record<keyof ConsumerDefaults, z.ZodType>)
    .partial()
    .optional(),
  transaction: z
    .strictObject({
      unitOfWork,
      producerGroup: z.string().min(1),
      synchronize: z.boolean().optional(),
      acceptUnreplicatedHalf: z.boolean().optional(),
      halfAttempts: rules.positive.optional(),
      outcomeTimeoutMs: duration.optional(),
      lockTimeoutMs: duration.optional(),
      checkConcurrency: rules.positive.optional(),
      sweepIntervalMs: rules.positive.optional(),
      sweepAfterMs: duration.optional(),
      recordRetentionMs: duration.optional(),
      keepPayload: z.boolean().optional(),
      drainTimeoutMs: duration.optional(),
    } satisfies Record<keyof TransactionSettings, z.ZodType>)
    .optional(),
  outbox: z
    .strictObject({
      unitOfWork: unitOfWork.optional(),
      producer: producer.optional(),
      synchronize: z.boolean().optional(),
      relay: z.boolean().optional(),
      pollIntervalMs: rules.positive.optional(),
      batchSize: rules.positive.max(1_000).optional(),
      batchBytes: rules.positive.optional(),
      concurrency: rules.positive.max(16).optional(),
      leaseMs: rules.positive.optional(),
      retryMs: rules.positive.optional(),
      retryMaxMs: rules.positive.optional(),
      maxAttempts: rules.positive.optional(),
      keepSentMs: duration.optional(),
      lockTimeoutMs: rules.positive.optional(),
    } satisfies Record<keyof OutboxSettings, z.ZodType>)
    .optional(),
  inbox: z
    .strictObject({
      unitOfWork: unitOfWork.optional(),
      synchronize: z.boolean().optional(),
      retentionMs: duration.optional(),
      lockTimeoutMs: rules.positive.optional(),
    } satisfies Record<keyof InboxSettings, z.ZodType>)
    .optional(),
  serializer: z.custom<PayloadCodec>(isCodec, 'must have the functions encode and decode').optional(),
  globalEnhancers: z.boolean().optional(),
  telemetry: z.array(z.custom<Telemetry>(isObject, 'must be an object')).optional(),
  logLevel: z.enum(logLevels).optional(),
  logging: z
    .strictObject({
      logger: z.custom<Logger>(isLogger, 'must have the functions debug, info, warn and error').optional(),
      levels: z.partialRecord(z.enum(logAreas), z.enum(logLevels)).optional(),
      structured: z.boolean().optional(),
    } satisfies Record<keyof LoggingSettings, z.ZodType>)
    .optional(),
  development: z.boolean().optional(),
  shutdown: z.strictObject({ drainTimeoutMs: duration }).partial().optional(),
});

/**
 * Checks the options and fills in the defaults.
 * @throws ConfigurationError with every problem, each with its path and the name that was probably meant
 */
export function resolveOptions(given: unknown): ResolvedMqOptions {
  checkOptions('MqModule.forRoot', schema, given ?? {});
  requireUnitOfWork('outbox', given as MqModuleOptions);
  requireUnitOfWork('inbox', given as MqModuleOptions);
  // What was given, not zod's copy of it: a unit of work keeps its identity.
  const options = given as MqModuleOptions;
  return Object.freeze({
    ...options,
    producer: { group: 'NEST_PRODUCER', ...options.producer },
    consumerDefaults: options.consumerDefaults ?? {},
    development: options.development ?? process.env.NODE_ENV === 'development',
    drainTimeoutMs: options.shutdown?.drainTimeoutMs ?? 30_000,
  });
}

/** One of the two ways to the name servers. */
function checkNameServers(
  { nameServers, nameServerEndpoint }: Pick<RemoteEngineSettings, 'nameServers' | 'nameServerEndpoint'>,
  context: z.RefinementCtx,
): void {
  const report = (name: string, message: string): void => context.addIssue({ code: 'custom', path: [name], message });
  if (nameServers === undefined && nameServerEndpoint === undefined)
    report('nameServers', "is missing; give it ['host:port'], or give a nameServerEndpoint");
  if (nameServers !== undefined && nameServerEndpoint !== undefined)
    report('nameServerEndpoint', 'excludes nameServers; give one of the two');
}

/** @throws ConfigurationError it has none of its own, and there is none to share */
function requireUnitOfWork(option: 'outbox' | 'inbox', options: MqModuleOptions): void {
  if (options[option] !== undefined && (options[option].unitOfWork ?? options.transaction?.unitOfWork) === undefined)
    throw new ConfigurationError(`${option}.unitOfWork`, 'is missing; give it here, or share that of `transaction`');
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isUnitOfWork(value: unknown): boolean {
  return hasFunctions(value, ['open', 'current', 'run', 'runAside', 'query', 'execute']);
}

function isLogger(value: unknown): boolean {
  return hasFunctions(value, ['debug', 'info', 'warn', 'error']);
}

function isCodec(value: unknown): boolean {
  return hasFunctions(value, ['encode', 'decode']);
}

function hasFunctions(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}
