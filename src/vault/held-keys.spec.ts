import { randomBytes } from 'node:crypto';
import { HeldKeys } from './held-keys.js';
import { KeyEncryptionKey } from './key-encryption-key.js';

describe(HeldKeys.name, () => {
  const keyOf = (version: number): KeyEncryptionKey => KeyEncryptionKey.fromRoot(randomBytes(32), version);
  const isWiped = (key: KeyEncryptionKey): boolean => Buffer.from(key.exported(), 'base64').equals(Buffer.alloc(32));

  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('keeps the key before for some seconds, for reads that began earlier', () => {
    const [held, one, two] = [new HeldKeys(), keyOf(1), keyOf(2)];
    held.take(one);
    held.take(two);
    expect([held.inForce, held.find(1), held.find(3)]).toEqual([two, one, null]);
    vi.advanceTimersByTime(10_000);
    expect([held.inForce, held.find(1)]).toEqual([two, null]);
    expect([isWiped(one), isWiped(two)]).toEqual([true, false]);
  });

  it('wipes both when it is told to', () => {
    const [held, one, two] = [new HeldKeys(), keyOf(1), keyOf(2)];
    held.take(one);
    held.take(two);
    held.wipe();
    expect([held.inForce, held.find(1), held.find(2)]).toEqual([null, null, null]);
    expect([isWiped(one), isWiped(two)]).toEqual([true, true]);
  });
});
