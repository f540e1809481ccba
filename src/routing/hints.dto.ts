import { ArrayMaxSize, IsArray, IsIn, IsInt, IsString, Matches, Min } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { MODES, type Mode } from '../snapshot/routing-entry.js';

const USD = /^\d{1,9}(\.\d{1,6})?$/;

/** What a caller that may do so wishes. */
export class HintsInput {
  @Omittable()
  @IsIn(MODES)
  mode?: Mode;

  /**
   * USD.
   * @example 0.01
   */
  @Omittable()
  @Matches(USD, { message: '$property must be USD as a decimal text with up to six decimals' })
  maxCostUsd?: string;

  @Omittable()
  @IsInt()
  @Min(1)
  maxLatencyMs?: number;

  /**
   * Models or providers, the dearest first.
   * @example ["openai-eu"]
   */
  @Omittable()
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  prefer?: string[];

  /**
   * Capabilities that the model must be known to have.
   * @example ["tools"]
   */
  @Omittable()
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  requires?: string[];
}
