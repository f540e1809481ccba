const TWO_53 = 2 ** 53;

/**
 * A 53-bit hash of a text: two rounds of 32-bit multiplication, as MurmurHash ends (public domain, "cyrb53"). It spreads
 * calls; it keeps no secret.
 */
export function hashText(text: string, seed = 0): number {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}

/** A number between 0 and 1, both excluded, that looks random and is always the same for a text and a seed. */
export function unitOf(text: string, seed: number): number {
  return (hashText(text, seed) + 0.5) / TWO_53;
}
