/** A small file that is replaced as a whole, so that a crash leaves the old or the new text. */
export interface OffsetFile {
  /** Undefined when there is none yet. */
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
}
