import { IsIn, IsInt, IsNumber, IsString, Length, Max, Min } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';

const OUT_OF_SERVICE = ['circuit_open', 'credential_locked', 'credential_missing', 'allowance_used_up', 'max_latency'];

/** What is supposed to be known of a model. */
export class SeenInput {
  @IsString()
  @Length(1, 128)
  modelId!: string;

  /** Why it is out of service; left out when it is not. */
  @Omittable()
  @IsIn(OUT_OF_SERVICE)
  reason?: string;

  @Omittable()
  @IsInt()
  @Min(0)
  inFlight?: number;

  @Omittable()
  @IsNumber()
  @Min(0)
  latencyMs?: number;

  /** 0 to 1. */
  @Omittable()
  @IsNumber()
  @Min(0)
  @Max(1)
  failureRate?: number;

  /** How probably it is the best, for profiles that learn. 0 to 1. */
  @Omittable()
  @IsNumber()
  @Min(0)
  @Max(1)
  share?: number;
}
