/** What is believed of an arm: its reward is drawn from Beta(alpha, beta). */
export interface Posterior {
  readonly alpha: number;
  readonly beta: number;
}

/** Numbers from 0 to 1 that look random. */
export type Random = () => number;

const DRAWS = 500;

/** The same numbers each time for a seed ("mulberry32", public domain). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How probably each arm is the best, by drawing all of them many times; the sum is 1. */
export function sharesOf(arms: readonly Posterior[], random: Random, draws = DRAWS): number[] {
  const wins = arms.map(() => 0);
  for (let draw = 0; draw < draws; draw++) {
    let best = 0;
    let highest = -1;
    for (const [index, arm] of arms.entries()) {
      const reward = drawBeta(arm, random);
      if (reward > highest) [best, highest] = [index, reward];
    }
    wins[best] = (wins[best] ?? 0) + 1;
  }
  return wins.map((count) => count / draws);
}

function drawBeta({ alpha, beta }: Posterior, random: Random): number {
  const first = drawGamma(alpha, random);
  const second = drawGamma(beta, random);
  return first / (first + second);
}

/** Marsaglia and Tsang (2000); for shapes of 1 and more, which is what counts on top of a uniform prior are. */
function drawGamma(shape: number, random: Random): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = drawNormal(random);
    const cube = (1 + c * normal) ** 3;
    if (cube <= 0) continue;
    const uniform = 1 - random();
    if (Math.log(uniform) < 0.5 * normal ** 2 + d - d * cube + d * Math.log(cube)) return d * cube;
  }
}

function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
