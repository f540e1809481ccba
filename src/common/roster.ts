/** What a roster needs to find an item again. */
export interface Listed {
  /** Where it stands in its roster, or -1. Only the roster writes it. */
  place: number;
}

/**
 * Items in no order, put in and taken out all the time. A `Set` would be the obvious thing, but V8 lets each table that
 * it outgrows point to the next one: once an old table has reached the old generation, everything that ever stood in a
 * later one stays alive until a full collection, whole calls with all they hold. An array keeps nothing behind.
 */
export class Roster<T extends Listed> {
  private readonly items: T[] = [];

  get size(): number {
    return this.items.length;
  }

  /** Puts in an item that stands in no roster. */
  add(item: T): void {
    item.place = this.items.push(item) - 1;
  }

  /** Takes an item out, if it is in. */
  delete(item: T): void {
    const { place } = item;
    if (place < 0) return;
    const last = this.items.pop()!;
    if (last !== item) {
      this.items[place] = last;
      last.place = place;
    }
    item.place = -1;
  }

  /** Calls `visit` for each item; it may take out the item that it is given. */
  forEach(visit: (item: T) => void): void {
    for (let at = this.items.length - 1; at >= 0; at--) {
      const item = this.items[at];
      if (item) visit(item); // one that was moved to a place already passed has had its turn
    }
  }
}
