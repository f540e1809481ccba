import type { PriceTexts } from '../models/price-table.js';
import type { RoutingEntry } from '../snapshot/routing-entry.js';
import type { JsonObject, Operation } from '../snapshot/snapshot.js';
import type { BodyChange } from './body-diff.js';
import type { ProfileBody } from './profile-body.js';
import { checkBody, type Check, type CheckName, type Surroundings } from './profile-checks.js';
import type { AttemptsView } from './profile-attempts.dto.js';
import type { RoutingView } from './profile-routing.dto.js';
import type { ProfileRevision } from './profile-revision.entity.js';
import type { Profile } from './profile.entity.js';

export class TargetView {
  modelId!: string;
  /** `null` when the model is gone. */
  modelName!: string | null;
  providerId!: string | null;
  providerName!: string | null;
  weight!: number;
  priority!: number;
  isEnabled!: boolean;
  /** When it may be chosen; `null`: always. */
  conditions!: JsonObject | null;
}

export class SystemPromptView {
  text!: string;
  position!: 'prepend' | 'append' | 'replace';
}

export class PolicyView {
  defaults!: JsonObject;
  overrides!: JsonObject;
  systemPrompt!: SystemPromptView | null;
  /** Left out when settings that the model has no place for are left out. */
  parameters?: 'strict';
}

export class PriceTierOverrideView {
  aboveTokens!: number;
  buckets!: PriceTexts;
}

export class PriceOverrideView {
  buckets!: PriceTexts;
  tiers!: PriceTierOverrideView[];
}

/** What a look at a profile found. */
export class CheckView {
  check!: CheckName;
  status!: 'pass' | 'warn' | 'fail';
  message!: string;
  /** The target it is about; `null`: the profile as a whole. */
  modelId!: string | null;
}

/** A profile as it is shown. */
export class ProfileView {
  id!: string;
  projectId!: string;
  name!: string;
  aliases!: string[];
  description!: string | null;
  operation!: Operation;
  isEnabled!: boolean;
  targets!: TargetView[];
  /** `null`: targets in their order. */
  routing!: RoutingView | null;
  attempts!: AttemptsView | null;
  /** For how long the same request gets the same answer again; `null`: it does not. */
  cacheSeconds!: number | null;
  policy!: PolicyView | null;
  priceOverride!: PriceOverrideView | null;
  responseModel!: 'profile' | 'upstream';
  /** The revision in force. */
  revisionId!: string;
  revision!: number;
  /** What is not as it should be, as far as can be told without a call; the preflight looks closer. */
  warnings!: CheckView[];
  version!: number;
  createdAt!: Date;
  updatedAt!: Date;
}

export class ProfileListPage {
  items!: ProfileView[];
  nextCursor!: string | null;
}

export class BodyChangeView {
  /**
   * A JSON pointer.
   * @example /targets/0/weight
   */
  path!: string;
  before!: unknown;
  after!: unknown;
}

/** A revision in a list. */
export class RevisionView {
  id!: string;
  number!: number;
  at!: Date;
  authorKind!: string;
  authorId!: string | null;
  authorName!: string;
  /** What is different from the revision before; empty for the first. */
  changes!: BodyChangeView[];
}

/** A revision with all that the profile was. */
export class FullRevisionView extends RevisionView {
  body!: object;
}

export class RevisionPage {
  items!: RevisionView[];
  nextCursor!: string | null;
}

/** A profile with all that its view needs. */
export interface ProfileDetails {
  readonly profile: Profile;
  readonly body: ProfileBody;
  readonly around: Surroundings;
}

export function toProfileView({ profile, body, around }: ProfileDetails): ProfileView {
  return {
    id: profile.id,
    projectId: profile.projectId,
    name: body.name,
    aliases: [...body.aliases],
    description: body.description,
    operation: body.operation,
    isEnabled: body.isEnabled,
    targets: toTargetViews(body, around),
    routing: body.routing && toRoutingView(body.routing),
    attempts: body.attempts,
    cacheSeconds: body.cacheSeconds,
    policy: body.policy,
    priceOverride: body.priceOverride && toOverrideView(body.priceOverride),
    responseModel: body.responseModel,
    revisionId: profile.revisionId,
    revision: profile.revisionNumber,
    warnings: checkBody(body, around)
      .filter(({ status }) => status !== 'pass')
      .map(toCheckView),
    version: profile.version,
    createdAt: profile.createdAt,
    updatedAt: profile.updatedAt,
  };
}

export function toCheckView({ check, status, message, modelId }: Check): CheckView {
  return { check, status, message, modelId };
}

export function toRevisionView(revision: ProfileRevision): RevisionView {
  const { id, number, at, authorKind, authorId, authorName } = revision;
  return { id, number, at, authorKind, authorId, authorName, changes: revision.changes.map(toChangeView) };
}

export function toFullRevisionView(revision: ProfileRevision): FullRevisionView {
  return { ...toRevisionView(revision), body: revision.body };
}

function toChangeView({ path, before, after }: BodyChange): BodyChangeView {
  return { path, before, after };
}

function toTargetViews({ targets }: ProfileBody, { models, providers }: Surroundings): TargetView[] {
  return targets.map(({ modelId, weight, priority, isEnabled, conditions }) => {
    const model = models.get(modelId);
    const provider = model && providers.get(model.providerId);
    return {
      modelId,
      modelName: model?.name ?? null,
      providerId: provider?.id ?? null,
      providerName: provider?.name ?? null,
      weight,
      priority,
      isEnabled,
      conditions: conditions as JsonObject | null,
    };
  });
}

function toRoutingView({ strategy, mode, modes, stickiness, exploration, isFixed }: RoutingEntry): RoutingView {
  return { strategy, mode, modes, stickiness, exploration, isFixed };
}

function toOverrideView({ buckets, tiers }: NonNullable<ProfileBody['priceOverride']>): PriceOverrideView {
  return { buckets, tiers: tiers.map((tier) => ({ aboveTokens: tier.aboveTokens, buckets: tier.buckets })) };
}
