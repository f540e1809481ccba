import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { MODES, STRATEGIES, type Mode, type Stickiness, type Strategy } from '../snapshot/routing-entry.js';

const PRINTABLE = /^[^\p{Cc}\p{Cs}]*$/u;
const STICKS_BY = ['token', 'metadata', 'header', 'conversation'] as const;

/** How much each term of a score counts. */
export class ScoreWeightsInput {
  /** What the call is expected to cost. */
  @IsNumber()
  @Min(0)
  @Max(100)
  cost!: number;

  /** How long the target takes. */
  @IsNumber()
  @Min(0)
  @Max(100)
  latency!: number;

  /** How often it fails. */
  @IsNumber()
  @Min(0)
  @Max(100)
  failure!: number;

  /** The target's weight, which speaks for it. */
  @IsNumber()
  @Min(0)
  @Max(100)
  weight!: number;
}

/** Weights of modes that shall differ from the usual ones. */
export class ModeWeightsInput {
  @Omittable()
  @ValidateNested()
  @Type(() => ScoreWeightsInput)
  cheap?: ScoreWeightsInput;

  @Omittable()
  @ValidateNested()
  @Type(() => ScoreWeightsInput)
  normal?: ScoreWeightsInput;

  @Omittable()
  @ValidateNested()
  @Type(() => ScoreWeightsInput)
  high_confidence?: ScoreWeightsInput;

  @Omittable()
  @ValidateNested()
  @Type(() => ScoreWeightsInput)
  planning?: ScoreWeightsInput;
}

/** What keeps calls that belong together at one target, as long as it can answer. */
export class StickinessInput {
  /** What such calls have in common. */
  @IsIn(STICKS_BY)
  by!: Stickiness['by'];

  /**
   * The metadata key or the header, for those two.
   * @example x-session-id
   */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  @Matches(PRINTABLE, { message: '$property must not have control characters' })
  key?: string | null;

  /** Another text deals all keys out anew. */
  @Omittable()
  @IsString()
  @MaxLength(64)
  @Matches(PRINTABLE, { message: '$property must not have control characters' })
  salt?: string;
}

/** How a profile chooses among its targets of the same priority. */
export class RoutingInput {
  /** `priority` if left out: in the order in which they are given. */
  @Omittable()
  @IsIn(STRATEGIES)
  strategy?: Strategy;

  /** What `scored` minds. `normal` if left out. */
  @Omittable()
  @IsIn(MODES)
  mode?: Mode;

  @IsOptional()
  @ValidateNested()
  @Type(() => ModeWeightsInput)
  modes?: ModeWeightsInput | null;

  @IsOptional()
  @ValidateNested()
  @Type(() => StickinessInput)
  stickiness?: StickinessInput | null;

  /**
   * For `thompson`: the part of calls that all targets share evenly, so that none is forgotten. 0.05 if left out.
   * @example 0.1
   */
  @Omittable()
  @IsNumber()
  @Min(0)
  @Max(1)
  exploration?: number;

  /** For `thompson`: `true` lets weights count in place of what was learned. `false` if left out. */
  @Omittable()
  @IsBoolean()
  isFixed?: boolean;
}

export class StickinessView {
  by!: Stickiness['by'];
  key!: string | null;
  salt!: string;
}

export class RoutingView {
  strategy!: Strategy;
  mode!: Mode;
  modes!: ModeWeightsInput;
  stickiness!: StickinessView | null;
  exploration!: number;
  isFixed!: boolean;
}
