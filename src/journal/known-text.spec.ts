import { KnownText } from './known-text.js';

describe(KnownText, () => {
  it('is made once for ids that stay together, and anew when one of them is another', () => {
    const print = vi.fn((id: string | null, a: string | null, b: string | null) => `${id}/${a}/${b}`);
    const known = new KnownText(print);
    expect([known.of('x', 'a', 'b'), known.of('x', 'a', 'b')]).toEqual(['x/a/b', 'x/a/b']);
    expect(print).toHaveBeenCalledTimes(1);
    expect([known.of('x', 'a', 'c'), known.of('x', 'd', 'c'), known.of('x', 'd')]).toEqual([
      'x/a/c',
      'x/d/c',
      'x/d/null',
    ]);
    expect(known.of(null, 'a', 'b')).toBe('null/a/b');
  });

  it('forgets what it knows rather than grow without end', () => {
    const print = vi.fn((id: string | null) => String(id));
    const known = new KnownText(print);
    for (let i = 0; i <= 1000; i++) known.of(String(i), null);
    print.mockClear();
    known.of('1000', null);
    known.of('0', null);
    expect(print.mock.calls.map(([id]) => id)).toEqual(['0']);
  });
});
