import { join } from 'node:path';
import { randomFrom, sharesOf, type Posterior } from './posterior.js';

const REGRET_FILE = join(import.meta.dirname, '../../../docs/regret.md');
const CALLS = 10_000;
const EXPLORATION = 0.05;
/** How many calls pass between two looks at the ledger. */
const BATCH = 50;
const REWARDS = [0.55, 0.6, 0.7, 0.5];
const BEST = Math.max(...REWARDS);

interface Run {
  /** What was lost against the best arm, after each thousand calls. */
  readonly regret: readonly number[];
  /** How often each arm was called in the last thousand. */
  readonly last: readonly number[];
}

/** Plays against arms whose mean rewards are known, as a profile does: shares are renewed after each batch. */
function play(seed: number, shareOut: (arms: readonly Posterior[]) => readonly number[]): Run {
  const random = randomFrom(seed);
  const arms = REWARDS.map(() => ({ alpha: 1, beta: 1 }));
  const regret: number[] = [];
  let last: number[] = [];
  let lost = 0;
  let shares: readonly number[] = [];
  for (let call = 0; call < CALLS; call++) {
    if (call % BATCH === 0) shares = shareOut(arms);
    if (call % 1000 === 0) last = REWARDS.map(() => 0);
    const arm = pick(shares, random());
    const mean = REWARDS[arm] ?? 0;
    const reward = random() < mean ? 1 : 0;
    const { alpha, beta } = arms[arm] ?? { alpha: 1, beta: 1 };
    arms[arm] = { alpha: alpha + reward, beta: beta + 1 - reward };
    lost += BEST - mean;
    last[arm] = (last[arm] ?? 0) + 1;
    if (call % 1000 === 999) regret.push(lost);
  }
  return { regret, last };
}

function pick(shares: readonly number[], chance: number): number {
  let passed = 0;
  for (const [index, share] of shares.entries()) {
    passed += share;
    if (chance < passed) return index;
  }
  return shares.length - 1;
}

const thompson = (seed: number) => {
  const random = randomFrom(seed);
  return (arms: readonly Posterior[]) =>
    sharesOf(arms, random).map((share) => EXPLORATION / arms.length + (1 - EXPLORATION) * share);
};
const evenly = (arms: readonly Posterior[]) => arms.map(() => 1 / arms.length);
const mean = (runs: readonly Run[], at: number) =>
  runs.reduce((sum, { regret }) => sum + (regret[at] ?? 0), 0) / runs.length;

describe('what is believed of arms', () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  const learned = seeds.map((seed) => play(seed, thompson(seed + 1000)));
  const even = seeds.map((seed) => play(seed, evenly));

  it('gives equal arms equal shares, and a clear winner all', () => {
    const [first = 0, second = 0] = sharesOf(Array(2).fill({ alpha: 5, beta: 5 }), randomFrom(1), 10_000);
    expect(first).toBeGreaterThan(0.48);
    expect(first + second).toBeCloseTo(1);
    expect(
      sharesOf(
        [
          { alpha: 900, beta: 100 },
          { alpha: 100, beta: 900 },
        ],
        randomFrom(1),
      ),
    ).toEqual([1, 0]);
  });

  it('finds the best arm', () => {
    for (const { last } of learned) expect(last[2]).toBeGreaterThan(800);
  });

  it('loses less and less, down to what exploration costs; the curve is in docs/regret.md', async () => {
    const lostIn = (thousand: number) => mean(learned, thousand) - mean(learned, thousand - 1);
    const exploration = (1000 * EXPLORATION * REWARDS.reduce((sum, each) => sum + BEST - each, 0)) / REWARDS.length;
    expect(lostIn(9)).toBeLessThan(exploration + 10);
    expect(mean(learned, 9)).toBeLessThan(mean(even, 9) / 4);
    const rows = Array.from({ length: CALLS / 1000 }, (_, at) => [
      String((at + 1) * 1000),
      mean(learned, at).toFixed(1),
      mean(even, at).toFixed(1),
    ]);
    await expect(table(rows)).toMatchFileSnapshot(REGRET_FILE);
  });
});

function table(rows: readonly string[][]): string {
  const head = ['calls', 'thompson', 'evenly'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return `# What learning costs

Reward lost against always calling the best of four targets (mean rewards ${REWARDS.join(', ')}; mean of 20 simulated runs; 5 %
exploration; shares renewed every ${BATCH} calls). Written by \`src/usage/arms/posterior.spec.ts\`.

${[line(head), rule, ...rows.map(line)].join('\n')}
`;
}
