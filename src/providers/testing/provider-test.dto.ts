import { OmitType } from '@nestjs/swagger';
import { IsIn, IsString, Length, Matches } from 'class-validator';
import { Omittable } from '../../common/http/omittable.decorator.js';
import { OPERATIONS, type Operation } from '../../snapshot/snapshot.js';
import { CreateProvider } from '../provider.dto.js';
import type { TestResult } from './provider-test.js';
import type { DiscoveredModel } from './provider-tests.service.js';
import { explain, type Verdict } from './verdicts.js';

const SAMPLE = 20;

/** Which model to call. */
export class TestProvider {
  /**
   * The upstream id of a model to call with a few tokens. Left out, it is one of the provider's own models.
   * @example gpt-4o-mini
   */
  @Omittable()
  @IsString()
  @Length(1, 300)
  @Matches(/^\S+$/, { message: '$property must not contain spaces' })
  upstreamId?: string;

  /** What to call it for; `chat` if left out. */
  @Omittable()
  @IsIn(OPERATIONS)
  operation?: Operation;
}

/** A provider that isn't saved, to test. */
export class TestDraftProvider extends OmitType(CreateProvider, ['name', 'isEnabled', 'catalogueProvider']) {
  /**
   * The upstream id of a model to call with a few tokens. Left out, only the list of models is asked for.
   * @example gpt-4o-mini
   */
  @Omittable()
  @IsString()
  @Length(1, 300)
  @Matches(/^\S+$/, { message: '$property must not contain spaces' })
  upstreamId?: string;

  /** What to call it for; `chat` if left out. */
  @Omittable()
  @IsIn(OPERATIONS)
  operation?: Operation;
}

/** One thing that a test tried. */
export class TestStepView {
  name!: 'credential' | 'models' | 'endpoint' | 'call';
  verdict!: Verdict;
  /** The HTTP status; `null` when there was no answer. */
  status!: number | null;
  latencyMs!: number;
  /** The provider's words, or the system's. */
  detail!: string | null;
}

/** What a test found. */
export class TestView {
  verdict!: Verdict;
  /** Whether the provider can be used. */
  isOk!: boolean;
  message!: string;
  /** What to do about it. */
  hint!: string | null;
  /** Of the last step; `null` when nothing was sent. */
  latencyMs!: number | null;
  steps!: TestStepView[];
  /** How many models it lists; `null` when it gave no list. */
  modelCount!: number | null;
  /** The first of them. */
  upstreamIds!: string[];
}

/** A model that a provider lists. */
export class UpstreamModelView {
  upstreamId!: string;
  ownedBy!: string | null;
  /** Tokens; `null` when the provider doesn't say. */
  contextWindow!: number | null;
  /** Whether it is in memory; `null` when the provider doesn't say. */
  isLoaded!: boolean | null;
  /** A guess from the name. */
  operation!: Operation;
  /** The models here that have this upstream id; empty for a new one. */
  modelIds!: string[];
}

/** What a provider lists. */
export class UpstreamModelsView {
  items!: UpstreamModelView[];
}

/** Shows what a test found. */
export function toTestView({ verdict, steps, models }: TestResult): TestView {
  const { message, hint } = explain(verdict);
  return {
    verdict,
    isOk: verdict === 'ok',
    message,
    hint,
    latencyMs: steps.at(-1)?.latencyMs ?? null,
    steps: [...steps],
    modelCount: models?.length ?? null,
    upstreamIds: (models ?? []).slice(0, SAMPLE).map(({ upstreamId }) => upstreamId),
  };
}

/** Shows a model that a provider lists. */
export function toUpstreamModelView({ modelIds, ...model }: DiscoveredModel): UpstreamModelView {
  return { ...model, isLoaded: model.isLoaded ?? null, modelIds: [...modelIds] };
}
