import { parseFastjson, writeFastjson, type FastjsonInput, type FastjsonValue } from '../common/fastjson.js';
import type { Logger } from '../ports/logger.js';

/** Where the tables' files are: the store's `config` folder, or memory. */
export interface TableStorage {
  /** The newest saved text that `isUsable` accepts (a torn file falls back to its .bak); undefined: none yet. */
  load(name: string, isUsable: (text: string) => boolean): Promise<string | undefined>;
  /** Replaces the file as a whole; a crash leaves the old or the new one. */
  save(name: string, text: string): Promise<void>;
}

interface StoredTable {
  encode(): FastjsonInput;
  /** Takes what encode() gave, perhaps written by Apache's broker: fields may be missing. */
  decode(content: FastjsonValue): void;
}

/** A table kept as JSON in Apache's shape. Saves run one at a time; those asked for meanwhile become one. */
export class TableFile {
  private current?: Promise<void>;
  private next?: Promise<void>;

  constructor(
    /** File name without folder, for example `topics.json`. */
    readonly name: string,
    private readonly table: StoredTable,
    private readonly storage: TableStorage,
    private readonly log: Logger,
  ) {}

  async load(): Promise<void> {
    const text = await this.storage.load(this.name, isJsonObject);
    if (text !== undefined) this.table.decode(parseFastjson(text));
  }

  /** Resolves when the table, as it is now or newer, has been stored. */
  save(): Promise<void> {
    if (this.current === undefined) return (this.current = this.write());
    this.next ??= this.current
      .catch(() => undefined) // reported to the one who waits for that save
      .then(() => {
        this.next = undefined;
        return (this.current = this.write());
      });
    return this.next;
  }

  /** As save(), for those who don't wait: a failure is logged, and the next save tries again. */
  saveSoon(): void {
    this.save().catch((error: unknown) => {
      this.log.error('a table could not be stored; its changes are in memory only', { file: this.name, error });
    });
  }

  private async write(): Promise<void> {
    try {
      await Promise.resolve(); // what else changes in this turn goes along
      await this.storage.save(this.name, writeFastjson(this.table.encode(), { pretty: true }));
    } finally {
      this.current = undefined;
    }
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value: FastjsonValue = parseFastjson(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false; // the caller falls back to the .bak, and reports it
  }
}
