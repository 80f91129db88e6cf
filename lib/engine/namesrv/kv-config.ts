import { parseFastjson, writeFastjson } from '../common/fastjson.js';
import { getOrCreate } from '../common/get-or-create.js';
import { objectOf, textsOf } from '../common/json-fields.js';
import type { Logger } from '../ports/logger.js';

/** Namespace whose keys are topics and whose values say which queues they have, in order: `brokerA:4;brokerB:4`. */
export const ORDER_TOPIC_CONFIG = 'ORDER_TOPIC_CONFIG';

/** Where the table outlives the process. */
export interface KvConfigStorage {
  /** Undefined: nothing was saved yet. */
  load(): Promise<string | undefined>;
  /** Replaces the whole text. */
  save(text: string): Promise<void>;
}

/** Texts by namespace and key, kept for tools and clients. Source: Apache 5.3 KVConfigManager. */
export class KvConfig {
  private readonly namespaces = new Map<string, Map<string, string>>();
  private saving: Promise<void> = Promise.resolve();

  constructor(
    private readonly logger: Logger,
    /** Without one the table lives and dies with the process. */
    private readonly storage?: KvConfigStorage,
  ) {}

  /** @throws ProtocolError what was saved is not such a table */
  async load(): Promise<void> {
    const text = await this.storage?.load();
    if (text === undefined) return;
    const { configTable } = objectOf(parseFastjson(text), 'kvConfig');
    for (const [namespace, values] of Object.entries(objectOf(configTable ?? {}, 'configTable'))) {
      this.namespaces.set(namespace, new Map(Object.entries(textsOf(values, namespace))));
    }
  }

  get(namespace: string, key: string): string | undefined {
    return this.namespaces.get(namespace)?.get(key);
  }

  /** Undefined when nothing was ever put there. */
  list(namespace: string): ReadonlyMap<string, string> | undefined {
    return this.namespaces.get(namespace);
  }

  /** Resolves when the change has been saved. */
  put(namespace: string, key: string, value: string): Promise<void> {
    getOrCreate(this.namespaces, namespace, () => new Map<string, string>()).set(key, value);
    return this.save();
  }

  /** Resolves when the change has been saved. */
  delete(namespace: string, key: string): Promise<void> {
    this.namespaces.get(namespace)?.delete(key);
    return this.save();
  }

  /** One after the other, each with what the table then is. As Apache, a failure is reported in the log only. */
  private save(): Promise<void> {
    const { storage } = this;
    if (storage === undefined) return Promise.resolve();
    this.saving = this.saving.then(async () => {
      try {
        await storage.save(writeFastjson({ configTable: this.namespaces }));
      } catch (error) {
        this.logger.error('the key-value table could not be saved; its changes are in memory only', { error });
      }
    });
    return this.saving;
  }
}
