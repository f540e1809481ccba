import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestRecord } from '../../test/support/ledger.js';
import { inspectJournal } from './inspect.js';
import { Journal, type JournalOptions } from './journal.js';
import type { LedgerEntry } from './ledger-entry.js';
import { runs } from '../../test/support/runs.js';

const LIMITS = { maxBytes: 64 * 1024, maxEntries: 1000 };

describe(Journal.name, () => {
  beforeAll(() => Logger.overrideLogger(false));

  let root: string;
  const opened: Journal[] = [];

  beforeEach(() => {
    root = fs.mkdtempSync(join(tmpdir(), 'waggle-journal-'));
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((journal) => journal.close()));
    fs.rmSync(root, { recursive: true });
  });

  function open(options: Partial<JournalOptions> = {}): Journal {
    const journal = Journal.open({ root, fsync: 'off', maxBytes: 1 << 30, ...options });
    opened.push(journal);
    return journal;
  }

  it.each(['off', 'interval', 'always'] as const)(
    'has the entry in the file when append resolves (fsync %s)',
    async (fsync) => {
      const journal = open({ fsync });
      await Promise.all([journal.append(entry('a')), journal.append(entry('b'))]);
      await journal.append(entry('c'));
      expect(fileTexts(root)).toEqual(['a', 'b', 'c']);
    },
  );

  it('hands out a batch as one JSON array, too', async () => {
    const journal = open();
    for (const id of ['a', 'b', 'c']) await journal.append(entry(id));
    const batch = await journal.readBatch(LIMITS);
    expect(batch!.jsonb[0]).toBe(1); // the version of jsonb's binary form
    expect(JSON.parse(batch!.jsonb.toString('utf8', 1))).toEqual(
      batch!.json.map((text) => JSON.parse(text.toString()) as unknown),
    );
    const again = await journal.readBatch({ ...LIMITS, maxEntries: 2 });
    expect(again!.json.map(idIn)).toEqual(['a', 'b']);
    expect(JSON.parse(again!.jsonb.toString('utf8', 1))).toHaveLength(2);
  });

  it('writes all entries of a tick with one call', async () => {
    let writes = 0;
    const writeSync = ((...args: Parameters<typeof fs.writeSync>) => {
      writes += 1;
      return fs.writeSync(...args);
    }) as typeof fs.writeSync;
    const journal = open({ disk: { ...fs, writeSync } });
    await Promise.all(Array.from({ length: 50 }, (_, i) => journal.append(entry(`e${i}`))));
    expect(writes).toBe(1);
  });

  it('hands entries out in order until they are confirmed, then deletes the segment', async () => {
    const journal = open({ maxBytes: 4000 });
    for (let i = 0; i < 20; i++) await journal.append(entry(`e${i}`));
    const first = await journal.readBatch(LIMITS);
    expect(await journal.readBatch(LIMITS)).toEqual(first);
    expect(await drain(journal)).toEqual(Array.from({ length: 20 }, (_, i) => `e${i}`));
    expect(journal.metrics).toMatchObject({ waitingBytes: 0, appendedEntries: 20, confirmedEntries: 20 });
    await closeAll();
    expect(segmentFiles(root)).toEqual([]);
  });

  it('reads on where a batch ended when entries are appended meanwhile', async () => {
    const journal = open();
    await journal.append(entry('a'));
    const batch = await journal.readBatch(LIMITS);
    await journal.append(entry('b'));
    await journal.confirm(batch!);
    expect(await drain(journal)).toEqual(['b']);
  });

  it('reads an entry that is larger than a batch', async () => {
    const journal = open();
    await journal.append({ ...entry('big'), payload: 'x'.repeat(200_000) });
    await journal.append(entry('small'));
    expect(await drain(journal)).toEqual(['big', 'small']);
  });

  it('stops accepting above its size, and accepts again once drained', async () => {
    const journal = open({ maxBytes: 2000 });
    while (journal.isAccepting()) await journal.append(entry('a'));
    expect(journal.waitingBytes).toBeGreaterThanOrEqual(2000);
    await drain(journal);
    expect(journal.isAccepting()).toBe(true);
  });

  it('takes over what a process that is gone left behind', async () => {
    const left = open();
    await left.append(entry('left'));
    await closeAll();
    fs.renameSync(join(root, fs.readdirSync(root)[0]!), join(root, '999999999-1-1'));
    const journal = open();
    expect(await drain(journal)).toEqual(['left']);
    expect(fs.existsSync(join(root, '999999999-1-1'))).toBe(false);
  });

  it('leaves the folder of a living process alone', async () => {
    const other = open();
    await other.append(entry('theirs'));
    const journal = open();
    expect(await drain(journal)).toEqual([]);
    expect(await drain(other)).toEqual(['theirs']);
  });

  it('tells what waits without changing it, also beside the process that writes', async () => {
    const journal = open();
    await Promise.all([journal.append(entry('a')), journal.append({ ...entry('b'), payload: 'x'.repeat(5_000_000) })]);
    fs.mkdirSync(join(root, '999999999-1-1'));
    fs.writeFileSync(join(root, '999999999-1-1', '001763600000000-1-000001.segment'), 'torn');
    const ids: string[] = [];
    const reports = await inspectJournal(root, (text) => ids.push(idIn(text)));
    expect(ids).toEqual(['a', 'b']);
    expect(reports).toMatchObject([
      { isLive: true, segments: 1, entries: 2, unreadableBytes: 0 },
      { isLive: false, segments: 1, entries: 0, unreadableBytes: 4 },
    ]);
    expect(await drain(journal)).toEqual(['a', 'b']);
  });

  it('keeps what a full disk refuses, takes no new calls meanwhile, and loses and doubles nothing', async () => {
    const disk = new FullableDisk();
    const journal = open({ disk });
    await journal.append(entry('before'));
    disk.isFull = true;
    await Promise.all([journal.append(entry('during1')), journal.append(entry('during2'))]);
    expect(journal.isAccepting()).toBe(false);
    expect(journal.metrics).toMatchObject({ stagedEntries: 2, lostEntries: 0 });
    expect(await drain(journal)).toEqual(['before']);
    disk.isFull = false;
    await vi.waitFor(() => expect(journal.isAccepting()).toBe(true));
    await journal.append(entry('after'));
    expect(await drain(journal)).toEqual(['during1', 'during2', 'after']);
  });

  it('begins another segment when what a failed write left behind cannot be cut off', async () => {
    const disk = new FullableDisk();
    const journal = open({ disk });
    await journal.append(entry('before'));
    disk.isFull = disk.cannotCut = true;
    await journal.append(entry('during'));
    disk.isFull = disk.cannotCut = false;
    await vi.waitFor(() => expect(journal.isAccepting()).toBe(true));
    expect(await drain(journal)).toEqual(['before', 'during']);
  });

  it('counts what it has no room to keep', async () => {
    const disk = new FullableDisk();
    const journal = open({ disk });
    disk.isFull = true;
    for (let i = 0; i < 10; i++) await journal.append({ ...entry('big'), payload: 'x'.repeat(7_000_000) });
    expect(journal.metrics.lostEntries).toBeGreaterThan(0);
    disk.isFull = false;
    await vi.waitFor(() => expect(journal.isAccepting()).toBe(true));
    expect(await drain(journal)).toHaveLength(10 - journal.metrics.lostEntries);
  });

  it('reads the whole entries of a segment cut at any byte, and invents nothing', async () => {
    const { file, ids } = await leftSegment(4);
    const bytes = fs.readFileSync(file);
    for (let length = 0; length <= bytes.length; length += 7) {
      const found = await readLeft(bytes.subarray(0, length));
      expect(found).toEqual(ids.slice(0, found.length));
      expect(found.length).toBe(Math.floor(length / (bytes.length / 4)));
    }
  });

  it('reads every entry before a damaged one, and puts the damaged end aside', async () => {
    const { file, ids } = await leftSegment(5);
    const bytes = fs.readFileSync(file);
    const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 7 })), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(flips, async (places) => {
        const damaged = Buffer.from(bytes);
        for (const [offset, bit] of places) damaged[offset]! ^= 1 << bit;
        const found = await readLeft(damaged);
        const firstDamage = damaged.findIndex((byte, i) => byte !== bytes[i]);
        const whole = firstDamage === -1 ? 5 : Math.floor(firstDamage / (bytes.length / 5));
        expect(found).toEqual(ids.slice(0, whole));
      }),
      { numRuns: runs(60) },
    );
    expect(fs.readdirSync(join(root, 'corrupt')).length).toBeGreaterThan(0);
  });

  /** A segment of equally long entries, as a process that is gone left it. */
  async function leftSegment(count: number): Promise<{ file: string; ids: string[] }> {
    const journal = open();
    const ids = Array.from({ length: count }, (_, i) => `id${i}`);
    for (const id of ids) await journal.append(entry(id));
    await closeAll();
    return { file: segmentFiles(root)[0]!, ids };
  }

  async function readLeft(bytes: Buffer): Promise<string[]> {
    for (const folder of fs.readdirSync(root))
      if (folder !== 'corrupt') fs.rmSync(join(root, folder), { recursive: true });
    fs.mkdirSync(join(root, '999999999-1-1'));
    fs.writeFileSync(join(root, '999999999-1-1', '001763600000000-1-000001.segment'), bytes);
    const journal = open();
    const ids = await drain(journal);
    expect(journal.waitingBytes).toBe(0);
    await closeAll();
    return ids;
  }

  async function closeAll(): Promise<void> {
    await Promise.all(opened.splice(0).map((journal) => journal.close()));
  }
});

/** Takes a few bytes of the write that fills it, as a real disk does. */
class FullableDisk {
  isFull = false;
  cannotCut = false;
  readonly openSync = fs.openSync;
  readonly writeSync = ((...args: [number, Buffer, number, number, number]) => {
    if (!this.isFull) return fs.writeSync(...args);
    const [fd, bytes, offset, length, position] = args;
    fs.writeSync(fd, bytes, offset, Math.min(length, 11), position);
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  }) as typeof fs.writeSync;
  readonly ftruncateSync: typeof fs.ftruncateSync = (fd, length) => {
    if (this.cannotCut) throw new Error('EIO');
    fs.ftruncateSync(fd, length);
  };
}

function entry(id: string): LedgerEntry {
  return { request: requestRecord([], { id }), attempts: [] };
}

function idIn(text: Buffer): string {
  return (JSON.parse(text.toString()) as { request: { id: string } }).request.id;
}

async function drain(journal: Journal): Promise<string[]> {
  const ids: string[] = [];
  for (let batch = await journal.readBatch(LIMITS); batch; batch = await journal.readBatch(LIMITS)) {
    ids.push(...batch.json.map(idIn));
    await journal.confirm(batch);
  }
  return ids;
}

function segmentFiles(root: string): string[] {
  return fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.segment'))
    .map((name) => join(root, name));
}

function fileTexts(root: string): string[] {
  return segmentFiles(root).flatMap((file) =>
    [...fs.readFileSync(file, 'latin1').matchAll(/"id":"(\w+)"/g)].map(([, id]) => id!),
  );
}
