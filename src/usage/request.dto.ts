import { OmitType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsString, IsUUID, Matches, Max, MaxLength, Min } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { PageQuery } from '../common/http/paging.js';
import type { Outcome } from '../journal/ledger-record.js';
import { IsInstant } from '../common/http/instant.decorator.js';

export const OUTCOMES = [
  'ok',
  'rejected',
  'caller_error',
  'auth_failed',
  'rate_limited',
  'overloaded',
  'upstream_error',
  'timeout',
  'network',
  'cut',
  'cancelled',
  'internal',
] as const satisfies readonly Outcome[];

const USD = /^\d{1,12}(\.\d{1,12})?$/;

export class ListRequests extends PageQuery {
  /**
   * Only requests that began then or later.
   * @example 2026-11-01T00:00:00Z
   */
  @IsInstant()
  from?: string;

  /** Only requests that began before. */
  @IsInstant()
  to?: string;

  /** One project, by id or name. */
  @Omittable()
  @IsString()
  @MaxLength(200)
  project?: string;

  /**
   * The HTTP status that the client got.
   * @example 200
   */
  @Omittable()
  @Type(() => Number)
  @IsInt()
  @Min(100)
  @Max(599)
  status?: number;

  /** How it ended. */
  @Omittable()
  @IsIn(OUTCOMES)
  outcome?: Outcome;

  /** The id of the token it was made with. */
  @Omittable()
  @IsUUID()
  token?: string;

  /** The id of the profile it asked for. */
  @Omittable()
  @IsUUID()
  profile?: string;

  /** The id of a model that was called for it. */
  @Omittable()
  @IsUUID()
  model?: string;

  /** The id of a provider that was called for it. */
  @Omittable()
  @IsUUID()
  provider?: string;

  /**
   * Only requests that cost this much or more, in USD.
   * @example 0.01
   */
  @Omittable()
  @Matches(USD, { message: '$property must be an amount in USD, such as 0.01' })
  minCostUsd?: string;

  /** Only requests that took this long or longer. */
  @Omittable()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  minDurationMs?: number;

  /** Only requests that ended with this error. */
  @Omittable()
  @IsString()
  @MaxLength(100)
  errorCode?: string;

  /** The id of one request. */
  @Omittable()
  @IsUUID()
  requestId?: string;
}

export class ExportRequests extends OmitType(ListRequests, ['limit', 'cursor']) {
  /** `ndjson` has one request a line, as the list shows it. `csv` by default. */
  @Omittable()
  @IsIn(['csv', 'ndjson'])
  format?: 'csv' | 'ndjson';
}

/**
 * What was used. Cached, cache-write, audio and image parts are inside `inputTokens`, reasoning, audio and images inside
 * `outputTokens`.
 */
export class UsedView {
  inputTokens!: number;
  cachedInputTokens!: number;
  cacheWriteTokens!: number;
  cacheWrite1hTokens!: number;
  audioInputTokens!: number;
  imageInputTokens!: number;
  outputTokens!: number;
  reasoningTokens!: number;
  audioOutputTokens!: number;
  imageOutputTokens!: number;
  images!: number;
  audioMs!: number;
  characters!: number;
  /** Searches in the web, or units of a rerank. */
  searches!: number;
}

export class RequestView {
  /** @example 019a9e2b-7c31-7d0a-b3a4-5f1c2d3e4f50 */
  id!: string;
  startedAt!: Date;
  projectId!: string | null;
  tokenId!: string | null;
  profileId!: string | null;
  profileRevisionId!: string | null;
  /** The provider that answered, or that was called last. */
  providerId!: string | null;
  modelId!: string | null;
  /** The `model` that the client sent. */
  requestedModel!: string | null;
  operation!: string | null;
  /** @example /v1/chat/completions */
  path!: string;
  isStreamed!: boolean;
  /** The HTTP status that the client got; 499 when it left before one was sent. */
  status!: number;
  outcome!: Outcome;
  errorCode!: string | null;
  errorMessage!: string | null;
  /** How many upstream calls were made for it. */
  attemptCount!: number;
  /** Whether the provider said what was used, or it was counted here. */
  usageSource!: 'provider' | 'estimated' | 'none';
  used!: UsedView;
  /**
   * In USD; `null` is unpriced, or not known yet.
   * @example 0.000105
   */
  costUsd!: string | null;
  /**
   * Of a response that was made in the background: how far it has come. What it used is known once it is not `pending` any
   * more; `expired`: the provider never told, so the most that it may have used is counted. `null` for all other requests.
   */
  backgroundState!: 'pending' | 'completed' | 'incomplete' | 'failed' | 'cancelled' | 'expired' | null;
  /** Where the answer was taken from instead of an upstream; `null`: it was not. */
  servedFrom!: 'replay' | 'cache' | null;
  /**
   * What it had cost to make that answer, in USD; `null` when none was taken, or it was unpriced.
   * @example 0.000105
   */
  savedUsd!: string | null;
  firstByteMs!: number | null;
  durationMs!: number;
  clientAddress!: string | null;
  userAgent!: string | null;
  traceId!: string | null;
  metadata!: Record<string, string> | null;
}

export class AttemptView {
  id!: string;
  startedAt!: Date;
  /** 1 for the first upstream call of the request. */
  number!: number;
  providerId!: string;
  modelId!: string;
  /** What the provider calls the model. */
  upstreamModel!: string;
  /** The provider's HTTP status; `null` when it never answered. */
  status!: number | null;
  outcome!: Outcome;
  errorCode!: string | null;
  /**
   * Whose fault it was, as the attempt loop took it; `null` when nothing went wrong.
   * @example rate_limited
   */
  errorClass!: string | null;
  /** Why it was made. */
  kind!: 'first' | 'retry' | 'failover' | 'clamped' | 'hedge' | 'repair' | 'continuation' | 'background';
  /** The price that was in force. */
  priceId!: string | null;
  usageSource!: 'provider' | 'estimated' | 'none';
  used!: UsedView;
  /** In USD; `null` is unpriced. */
  costUsd!: string | null;
  firstByteMs!: number | null;
  durationMs!: number;
  /** The provider's own id of the call, to ask its support about. */
  upstreamRequestId!: string | null;
}

export class RequestDetail extends RequestView {
  attempts!: AttemptView[];
  /** Whether its payload was captured and is still kept. */
  hasPayload!: boolean;
}

export class RequestPage {
  items!: RequestView[];
  nextCursor!: string | null;
}

/** What was captured of a request. What it holds depends on the project's capture mode. */
export class PayloadView {
  requestId!: string;
  /** The capture as it was sealed: JSON. */
  payload!: unknown;
}
