import { memoryFreer } from './free-memory.js';

describe(memoryFreer.name, () => {
  it('gives the memory of many small buffers back to the system', () => {
    const free = memoryFreer();
    free();
    const before = process.memoryUsage.rss();
    let buffers: Buffer[] | undefined = Array.from({ length: 10_000 }, () => Buffer.alloc(10_000, 1));
    expect(process.memoryUsage.rss() - before).toBeGreaterThan(90e6);
    // What stays is among them, so that their memory is no whole piece.
    const kept = buffers.filter((_, index) => index % 100 === 0);
    buffers = undefined;
    free();
    expect(process.memoryUsage.rss() - before).toBeLessThan(30e6);
    expect(kept).toHaveLength(100);
  });
});
