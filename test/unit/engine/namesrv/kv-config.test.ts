import { KvConfig, type KvConfigStorage } from '../../../../lib/engine/namesrv/kv-config.js';
import { silentLogger } from '../../../../lib/engine/ports/logger.js';

class MemoryStorage implements KvConfigStorage {
  constructor(public text?: string) {}

  async load(): Promise<string | undefined> {
    return this.text;
  }

  async save(text: string): Promise<void> {
    await Promise.resolve();
    this.text = text;
  }
}

describe('KvConfig', () => {
  test('keeps values by namespace and key', async () => {
    const config = new KvConfig(silentLogger);
    await config.put('ns', 'k', 'v');
    await config.put('ns', 'k', 'w');
    await config.put('ns', '__proto__', 'x');
    expect(config.get('ns', 'k')).toBe('w');
    expect(config.get('ns', 'constructor')).toBeUndefined();
    expect(config.get('other', 'k')).toBeUndefined();
    expect(config.list('ns')).toEqual(
      new Map([
        ['k', 'w'],
        ['__proto__', 'x'],
      ]),
    );
    await config.delete('ns', 'k');
    await config.delete('other', 'k');
    expect(config.get('ns', 'k')).toBeUndefined();
    expect(config.list('other')).toBeUndefined();
  });

  test('is saved in the shape of Apache’s file, and loaded from it', async () => {
    const storage = new MemoryStorage();
    const config = new KvConfig(silentLogger, storage);
    await Promise.all([config.put('ns', 'a', '1'), config.put('ns', 'b', '2'), config.put('other', 'c', '3')]);
    expect(storage.text).toBe('{"configTable":{"ns":{"a":"1","b":"2"},"other":{"c":"3"}}}');
    const again = new KvConfig(silentLogger, storage);
    await again.load();
    expect(again.get('ns', 'b')).toBe('2');
  });

  test('a save that fails is reported, and the next one tried', async () => {
    const errors: string[] = [];
    const storage = new MemoryStorage();
    const config = new KvConfig({ ...silentLogger, error: (sentence) => errors.push(sentence) }, storage);
    storage.save = async () => Promise.reject(new Error('ENOSPC'));
    await config.put('ns', 'a', '1');
    expect(errors).toHaveLength(1);
    storage.save = MemoryStorage.prototype.save.bind(storage);
    await config.put('ns', 'b', '2');
    expect(storage.text).toContain('"a":"1"');
  });

  test('a file that is no such table is refused', async () => {
    await expect(
      new KvConfig(silentLogger, new MemoryStorage('{"configTable":{"ns":{"a":1}}}')).load(),
    ).rejects.toThrow('ns.a');
    await expect(new KvConfig(silentLogger, new MemoryStorage('[]')).load()).rejects.toThrow('kvConfig');
  });
});
