const SLAB_BYTES = 64 * 1024;
const LONGEST_PART = SLAB_BYTES / 8;

/** Copies of records. Short ones are cut from slabs: fresh memory for each costs more than its copy. */
export class Copies {
  private slab = Buffer.alloc(0);
  private used = 0;

  copyOf(view: Buffer): Buffer {
    if (view.length > LONGEST_PART) return Buffer.from(view);
    if (this.used + view.length > this.slab.length) {
      this.slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.used = 0;
    }
    const copy = this.slab.subarray(this.used, this.used + view.length);
    copy.set(view);
    this.used += view.length;
    return copy;
  }
}
