/** Why a request went where it went, as it is kept with it: enough to plan it again. */
export interface DecisionRecord {
  readonly strategy: string;
  /** The configuration revision that it was planned with. */
  readonly revision: number;
  readonly seed: number;
  /** The seed that its sticky key stood for, where it had one. */
  readonly stickySeed?: number;
  /** What the plan read of the request. */
  readonly features: Readonly<Record<string, unknown>>;
  /** Best first. */
  readonly candidates: readonly DecisionCandidate[];
  readonly rejected?: readonly DecisionRejection[];
}

/** A target that the request could go to. Scores from 0.001 on have eight places; one of infinity prints as `null`. */
export interface DecisionCandidate {
  readonly model: string;
  readonly score?: number | null;
  /** The chance that it had to go first, where there was any. */
  readonly propensity?: number;
  readonly terms?: Readonly<Record<string, number>>;
  /** What the process that planned knew of the target. */
  readonly seen?: Readonly<Record<string, number>>;
}

/** A target that it could not go to. */
export interface DecisionRejection {
  readonly model: string;
  readonly reason: string;
}
