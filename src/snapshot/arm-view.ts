/** Calls of different sizes are different games: what is best for short prompts need not be for long ones. */
export const SIZES = ['small', 'medium', 'large'] as const;
export type Size = (typeof SIZES)[number];

/** From how many input tokens on a call is medium, and above how many it is large. */
export const MEDIUM_FROM = 1000;
export const LARGE_ABOVE = 10_000;

/** The size of a call, by its estimated input tokens. */
export function sizeOf(inputTokens: number): Size {
  if (inputTokens < MEDIUM_FROM) return 'small';
  return inputTokens <= LARGE_ABOVE ? 'medium' : 'large';
}

/** What was learned of a profile's targets. It answers at once and from memory. */
export interface ArmView {
  /** How probably the target is the best of its profile, 0 to 1; `undefined` as long as nothing was learned. */
  shareOf(profileId: string, modelId: string, size: Size): number | undefined;
}

/** The view of somebody who has learned nothing yet. */
export const NOTHING_LEARNED: ArmView = { shareOf: () => undefined };
