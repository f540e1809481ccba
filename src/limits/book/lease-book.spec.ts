import fc from 'fast-check';
import type { AllowanceEntry } from '../../snapshot/allowances.js';
import type { Counter } from './counter.js';
import { LeaseBook } from './lease-book.js';
import { sliceOf } from './slice.js';
import { runs } from '../../../test/support/runs.js';

const ENTRY: AllowanceEntry = {
  id: 'a',
  name: 'a',
  tenantId: 't',
  projectId: null,
  scope: 'tenant',
  subjectId: 't',
  metadataKey: null,
  metadataValue: null,
  metric: 'money',
  window: 'total',
  rollingSeconds: null,
  timeZone: 'UTC',
  limit: 1000,
  isHard: true,
  allowsUnpriced: false,
  onPostgresDown: 'closed',
  epoch: 0,
};

function liveBook(): LeaseBook {
  const book = new LeaseBook();
  book.isLive = true;
  book.areSlotsLive = true;
  return book;
}

/** Grants `amount` more, as Postgres would. */
function grant(counter: Counter, amount: number): void {
  const lease = { counterId: 'c', granted: counter.granted + amount, settled: 0, bornAt: 0 };
  counter.receive(lease, { limit: 1000, remaining: 0, spent: 0 });
}

describe('the book of leases', () => {
  it('covers a call from what was granted, and no more', () => {
    const book = liveBook();
    const counter = book.counterOf(ENTRY, '', 0);
    const claim = { counter, amount: 60 };
    expect(book.hold([claim], 0)).toBe(claim);
    grant(counter, 100);
    expect(book.hold([claim], 0)).toBeUndefined();
    expect(book.hold([claim], 0)).toBe(claim);
    counter.settle(60, 10);
    expect(book.hold([claim], 0)).toBeUndefined();
    expect([counter.settled, counter.held, counter.free]).toEqual([10, 60, 30]);
  });

  it('takes all that a call claims, or nothing', () => {
    const book = liveBook();
    const [first, second] = ['x', 'y'].map((subject) => book.counterOf(ENTRY, subject, 0));
    grant(first!, 10);
    const claims = [first!, second!].map((counter) => ({ counter, amount: 5 }));
    expect(book.hold(claims, 0)).toBe(claims[1]);
    expect(first!.held).toBe(0);
  });

  it('only counts for an allowance that is not hard', () => {
    const book = liveBook();
    const counter = book.counterOf({ ...ENTRY, isHard: false }, '', 0);
    expect(book.hold([{ counter, amount: 7 }], 0)).toBeUndefined();
    expect(counter.free).toBe(-7);
  });

  it('spends no lease that others may have taken back', () => {
    const book = liveBook();
    const counter = book.counterOf(ENTRY, '', 0);
    grant(counter, 10);
    book.isLive = false;
    expect(book.hold([{ counter, amount: 1 }], 0)).toBeDefined();
  });

  it('begins a window anew, and settles what began before in the old one', () => {
    const book = liveBook();
    const minute = { ...ENTRY, window: 'minute' } as const;
    const old = book.counterOf(minute, '', 59_999);
    grant(old, 10);
    book.hold([{ counter: old, amount: 4 }], 59_999);
    const fresh = book.counterOf(minute, '', 60_000);
    expect(fresh).not.toBe(old);
    expect(fresh.free).toBe(0);
    old.settle(4, 3);
    expect([old.settled, book.isClosing(old)]).toEqual([3, true]);
  });

  it('begins anew after a reset, too', () => {
    const book = liveBook();
    const counter = book.counterOf(ENTRY, '', 0);
    expect(book.counterOf({ ...ENTRY, epoch: 1 }, '', 0)).not.toBe(counter);
    expect(book.counterOf({ ...ENTRY, epoch: 1, limit: 5 }, '', 0).entry.limit).toBe(5);
  });

  it('asks for more before it runs dry', () => {
    const book = liveBook();
    let asked = 0;
    book.onAsk(() => asked++);
    const counter = book.counterOf(ENTRY, '', 0);
    grant(counter, 100);
    for (let i = 0; i < 8; i++) book.hold([{ counter, amount: 10 }], 0);
    expect([asked, book.takeAsking()]).toEqual([1, [counter]]);
  });

  it('asks anew for what it gave back itself, though there was no more to be had a moment ago', () => {
    const book = liveBook();
    const [first, second] = ['x', 'y'].map((subject) => book.counterOf(ENTRY, subject, 0));
    const claims = [first!, second!].map((counter) => ({ counter, amount: 5 }));
    grant(first!, 100);
    first!.dryUntil = 100;
    expect(book.hold(claims, 0)).toBe(claims[1]); // the call waits for the second, and leaves the first alone
    book.tick(0);
    first!.giveBack();
    expect([first!.free, first!.dryUntil]).toEqual([0, 0]);
  });

  it('gives back what nobody needs, and forgets it once Postgres knows', () => {
    const book = liveBook();
    const counter = book.counterOf(ENTRY, '', 0);
    grant(counter, 100);
    book.hold([{ counter, amount: 10 }], 0);
    counter.settle(10, 10);
    for (let i = 0; i < 100; i++) {
      book.tick(0);
      counter.giveBack();
    }
    expect([counter.granted, [...book.counters()].length]).toEqual([10, 1]);
    counter.wasTold({ granted: 10, settled: 10, held: 0 });
    book.tick(0);
    expect([...book.counters()]).toEqual([]);
  });
});

/** What Postgres does, in a few lines: one pool, leases by worker, the spend of the dead from the ledger. */
class Pool {
  settled = 0;
  readonly leases = new Map<number, number>();
  readonly ledger = new Map<number, number>();

  get used(): number {
    return this.settled + [...this.leases.values()].reduce((sum, granted) => sum + granted, 0);
  }

  grant(worker: number, counter: Counter, need: number): void {
    counter.giveBack();
    const held = this.leases.get(worker) ?? 0;
    this.leases.set(worker, Math.min(held, counter.granted));
    const room = ENTRY.limit - this.used;
    const granted = counter.granted + sliceOf({ room, need, wish: counter.target, workers: 3 });
    this.leases.set(worker, granted);
    counter.receive({ counterId: 'c', granted, settled: 0, bornAt: 0 }, { limit: ENTRY.limit, remaining: 0, spent: 0 });
  }

  reconcile(worker: number): void {
    this.settled += this.ledger.get(worker) ?? 0;
    this.leases.delete(worker);
    this.ledger.delete(worker);
  }
}

interface Step {
  readonly kind: 'call' | 'settle' | 'sync' | 'tick' | 'crash';
  readonly worker: number;
  readonly amount: number;
  readonly part: number;
}

/** Three workers on one pool; a crash loses a worker's memory, but not its ledger. */
class House {
  readonly pool = new Pool();
  private next = 3;
  private readonly workers = [0, 1, 2].map((id) => this.worker(id));

  run({ kind, worker: index, amount, part }: Step): void {
    const worker = this.workers[index]!;
    const { book, counter, holds, id } = worker;
    if (kind === 'call') {
      const claim = { counter, amount };
      if (book.hold([claim], 0)) this.pool.grant(id, counter, Math.max(0, amount - counter.free));
      else holds.push(amount);
    } else if (kind === 'settle') {
      const held = holds.shift();
      if (held === undefined) return;
      const actual = Math.floor(held * part);
      counter.settle(held, actual);
      this.pool.ledger.set(id, (this.pool.ledger.get(id) ?? 0) + actual);
    } else if (kind === 'sync') this.pool.grant(id, counter, 0);
    else if (kind === 'tick') book.tick(0);
    else this.crash(index);
  }

  /** Everything that calls are or were allowed to spend. */
  get spoken(): number {
    const inMemory = this.workers.reduce((sum, { counter }) => sum + counter.settled + counter.held, 0);
    return this.pool.settled + inMemory;
  }

  crash(index: number): void {
    this.pool.reconcile(this.workers[index]!.id);
    this.workers[index] = this.worker(this.next++);
  }

  private worker(id: number) {
    const book = liveBook();
    return { id, book, counter: book.counterOf(ENTRY, '', 0), holds: [] as number[] };
  }
}

describe('a limit over three workers', () => {
  const step = fc.record({
    kind: fc.constantFrom('call', 'call', 'call', 'settle', 'settle', 'sync', 'tick', 'crash'),
    worker: fc.nat(2),
    amount: fc.integer({ min: 1, max: 300 }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  }) as fc.Arbitrary<Step>;

  it('is never passed, whatever is held, settled, granted or lost in whatever order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const house = new House();
        for (const one of steps) {
          house.run(one);
          expect(house.pool.used).toBeLessThanOrEqual(ENTRY.limit);
          expect(house.spoken).toBeLessThanOrEqual(ENTRY.limit);
        }
      }),
      { numRuns: runs(500) },
    );
  });

  it('is used up to the last bit by calls that fit, though workers crash', () => {
    const house = new House();
    for (let i = 0; i < 3000; i++) {
      house.run({ kind: 'call', worker: i % 3, amount: 5, part: 1 });
      house.run({ kind: 'settle', worker: i % 3, amount: 0, part: 1 });
      if (i % 100 === 99) house.crash(i % 3);
    }
    for (let i = 0; i < 3; i++) house.crash(i);
    expect(house.pool.used).toBe(ENTRY.limit);
  });
});
