import { newId } from './ids.js';

describe(newId.name, () => {
  it('gives UUIDs of version 7 and the variant of RFC 9562', () => {
    for (let i = 0; i < 1000; i++) {
      expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it('begins with the milliseconds of its making', () => {
    const before = Date.now();
    const made = Number.parseInt(newId().replaceAll('-', '').slice(0, 12), 16);
    expect(made).toBeGreaterThanOrEqual(before);
    expect(made).toBeLessThanOrEqual(Date.now());
  });

  it('draws every random digit, and no id twice', () => {
    const ids = Array.from({ length: 20_000 }, newId);
    expect(new Set(ids.map((id) => id.slice(14))).size).toBe(ids.length);
    for (const at of [15, 16, 17, 20, 21, 22, ...Array.from({ length: 12 }, (_, i) => 24 + i)]) {
      expect(new Set(ids.map((id) => id[at])).size).toBe(16);
    }
    expect(new Set(ids.map((id) => id[19])).size).toBe(4);
  });
});
