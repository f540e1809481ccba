const SLOT_MS = 10_000;
const SLOTS = 6;

/** How many of the last minute's outcomes were good and bad, in slots of ten seconds. Times are ms since epoch. */
export class OutcomeWindow {
  good = 0;
  bad = 0;
  private readonly goods = new Int32Array(SLOTS);
  private readonly bads = new Int32Array(SLOTS);
  private slot = 0;

  /** All outcomes in the window. */
  get total(): number {
    return this.good + this.bad;
  }

  addGood(now: number): void {
    this.moveTo(now);
    this.good++;
    this.goods[this.slot % SLOTS]!++;
  }

  addBad(now: number): void {
    this.moveTo(now);
    this.bad++;
    this.bads[this.slot % SLOTS]!++;
  }

  /** Lets go of what is older than the window. A time before the last one counts as the last one. */
  moveTo(now: number): void {
    const slot = Math.floor(now / SLOT_MS);
    if (slot <= this.slot) return;
    if (slot - this.slot >= SLOTS) this.clear();
    else for (let each = this.slot + 1; each <= slot; each++) this.drop(each % SLOTS);
    this.slot = slot;
  }

  clear(): void {
    this.good = this.bad = 0;
    this.goods.fill(0);
    this.bads.fill(0);
  }

  private drop(index: number): void {
    this.good -= this.goods[index]!;
    this.bad -= this.bads[index]!;
    this.goods[index] = this.bads[index] = 0;
  }
}
