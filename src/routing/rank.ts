import type { RoutingEntry, Strategy } from '../snapshot/routing-entry.js';
import type { ProfileEntry } from '../snapshot/snapshot.js';
import type { Candidate, Rank, RankContext, ScoreCandidates } from './candidate.js';
import type { RequestFeatures } from './features.js';
import type { Views } from './filters.js';
import { unitOf } from './hashing.js';
import { cheapest } from './strategies/cheapest.js';
import { fastest } from './strategies/fastest.js';
import { leastLoaded } from './strategies/least-loaded.js';
import { roundRobin } from './strategies/round-robin.js';
import { scored } from './strategies/scored.js';
import { thompson } from './strategies/thompson.js';
import { shareOut, weighted } from './strategies/weighted.js';
import { stickySeed } from './stickiness.js';

const SCORES: Readonly<Record<Strategy, ScoreCandidates | null>> = {
  priority: null,
  weighted,
  round_robin: roundRobin,
  least_loaded: leastLoaded,
  fastest,
  cheapest,
  scored,
  thompson,
};

/** A profile that only tries its targets in order. */
const IN_ORDER: RoutingEntry = {
  strategy: 'priority',
  mode: 'normal',
  modes: {},
  stickiness: null,
  exploration: 0,
  isFixed: false,
};

/** What a plan in other than the profile's own order came from. */
export interface Ranking {
  readonly candidates: readonly Candidate[];
  readonly strategy: Strategy;
  /** The seed that a sticky key stands for; `null`: the call sticks to nothing. */
  readonly stickySeed: number | null;
}

/** Puts candidates in order within each priority. They come in order of priority. */
export function rank(
  candidates: readonly Candidate[],
  { id, routing: own }: Pick<ProfileEntry, 'id' | 'routing'>,
  features: RequestFeatures,
  { health, arms, loads }: Views,
): Ranking {
  const routing = own ?? IN_ORDER;
  const sticky = routing.stickiness && stickySeed(routing.stickiness, features);
  const strategy = features.hints?.mode === undefined ? routing.strategy : 'scored';
  const score = sticky === null ? SCORES[strategy] : (level: readonly Candidate[]) => shareOut(level, sticky);
  const context = { routing, features, health, arms, loads, profileId: id };
  const ordered = score ? rankLevels(candidates, score, context) : candidates;
  return { candidates: preferred(ordered, features.hints?.prefer), strategy, stickySeed: sticky };
}

function rankLevels(candidates: readonly Candidate[], score: ScoreCandidates, context: RankContext): Candidate[] {
  if (candidates[0]?.target.priority === candidates.at(-1)?.target.priority) {
    return rankLevel(candidates, score, context); // most profiles have one level
  }
  return levelsOf(candidates).flatMap((level) => rankLevel(level, score, context));
}

function levelsOf(candidates: readonly Candidate[]): Candidate[][] {
  const levels: Candidate[][] = [];
  for (const candidate of candidates) {
    const level = levels.at(-1);
    if (level && level[0]?.target.priority === candidate.target.priority) level.push(candidate);
    else levels.push([candidate]);
  }
  return levels;
}

type Ranked = Candidate & { readonly rank: Rank };

function rankLevel(level: readonly Candidate[], score: ScoreCandidates, context: RankContext): Candidate[] {
  const scores = score(level, context);
  const { seed } = context.features;
  const ranked: Ranked[] = [];
  for (let i = 0; i < level.length; i++) {
    const { target, model, provider } = level[i]!;
    insert(ranked, { target, model, provider, rank: scores[i]! }, seed);
  }
  return ranked;
}

/** Puts a candidate in its place among those before it: there are too few of them to be worth a sort. */
function insert(ranked: Ranked[], candidate: Ranked, seed: number): void {
  let place = ranked.length;
  while (place > 0 && isBefore(candidate, ranked[place - 1]!, seed)) {
    ranked[place] = ranked[place - 1]!;
    place--;
  }
  ranked[place] = candidate;
}

function isBefore(one: Ranked, other: Ranked, seed: number): boolean {
  const own = one.rank.score;
  const its = other.rank.score;
  return own === its ? tieOf(one, seed) < tieOf(other, seed) : own < its;
}

/** Between equals chance decides by weight; weight 0 comes last. */
function tieOf({ target, model }: Candidate, seed: number): number {
  return target.weight > 0 ? -Math.log(unitOf(model.id, seed)) / target.weight : 1000 + unitOf(model.id, seed);
}

/** Those that the caller prefers first, in its order; the others as they were. */
function preferred(candidates: readonly Candidate[], wishes: readonly string[] | undefined): readonly Candidate[] {
  if (!wishes) return candidates;
  const placeOf = (candidate: Candidate): number => {
    const place = wishes.findIndex((wish) => isMeant(candidate, wish));
    return place < 0 ? wishes.length : place;
  };
  return candidates.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function isMeant({ model, provider }: Candidate, wish: string): boolean {
  return [model.name, provider.name, `${provider.name}/${model.name}`, model.upstreamId, model.id].includes(wish);
}
