/** A person's keys, one by one. */
export interface Keyboard {
  /** @param onKey the key's character; `\x03` for Ctrl-C @returns stops listening */
  listen(onKey: (key: string) => void): () => void;
}

/** That of this process; undefined when nobody types. */
export function processKeyboard(): Keyboard | undefined {
  const { stdin } = process;
  if (!stdin.isTTY) return undefined;
  return {
    listen(onKey) {
      const onData = (chunk: Buffer): void => {
        for (const key of chunk.toString('utf8')) onKey(key);
      };
      stdin.setRawMode(true);
      stdin.on('data', onData);
      return () => {
        stdin.off('data', onData);
        stdin.setRawMode(false);
        stdin.pause();
      };
    },
  };
}
