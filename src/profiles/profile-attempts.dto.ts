import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { AttemptPolicy } from '../snapshot/attempt-policy.js';

const LONGEST_MS = 3_600_000;

/** How far a profile goes for an answer. */
export class AttemptsInput {
  /**
   * How long a call may take in all, over all its attempts, in ms; `null`: as long as its first provider may.
   * @example 60000
   */
  @IsOptional()
  @IsInt()
  @Min(100)
  @Max(LONGEST_MS)
  totalMs?: number | null;

  /** Upstream calls for one call, in all; 1 never tries again or elsewhere. `null`: 6. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10)
  maxAttempts?: number | null;

  /**
   * After how many ms without a byte a second target is asked at the same time; the slower one is cancelled, and both are
   * paid for. `null`: never.
   * @example 2000
   */
  @IsOptional()
  @IsInt()
  @Min(10)
  @Max(LONGEST_MS)
  hedgeAfterMs?: number | null;

  /**
   * How often another upstream is asked to go on with a chat stream that broke off in the middle of its text; the client
   * sees the seam, and all of it is paid for. `null`: never; the stream then ends with an error.
   * @example 1
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2)
  continuations?: number | null;
}

export class AttemptsView {
  totalMs!: number | null;
  maxAttempts!: number | null;
  hedgeAfterMs!: number | null;
  /** Left out: never. */
  continuations?: number | null;
}

/** The policy with what was left out; `null` when nothing is said. */
export function toAttemptPolicy({ continuations, ...given }: AttemptsInput): AttemptPolicy | null {
  const { totalMs = null, maxAttempts = null, hedgeAfterMs = null } = given;
  const policy = { totalMs, maxAttempts, hedgeAfterMs, ...(continuations && { continuations }) };
  return Object.values(policy).every((value) => value === null) ? null : policy;
}
