import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ModelReads } from '../models/model-reads.service.js';
import type { RoutingEntry } from '../snapshot/routing-entry.js';
import type { RequestPolicy } from '../snapshot/snapshot.js';
import { policyProblem } from './policy-problem.js';
import { toAttemptPolicy } from './profile-attempts.dto.js';
import type { RoutingInput } from './profile-routing.dto.js';
import { routingProblem, toConditions, toRouting } from './profile-routing.js';
import type { PriceOverride } from './price-override.js';
import type { ProfileBody, ProfileChanges, TargetBody } from './profile-body.js';
import type { TargetInput, UpdateProfile } from './profile.dto.js';
import type { PolicyInput, PriceOverrideInput } from './profile-policy.dto.js';
import { profileErrors } from './profiles.errors.js';

/** The project that a profile is in, whose models it may lead to. */
export interface ProfilePlaceIds {
  readonly tenantId: string;
  readonly projectId: string;
}

/** Turns what callers send into what profiles are made of. */
@Injectable()
export class ProfileInputs {
  constructor(private readonly models: ModelReads) {}

  /** Resolves and checks an input. Throws `profile.invalid_field` with the path of what is wrong. */
  async changes(manager: EntityManager, place: ProfilePlaceIds, input: UpdateProfile): Promise<ProfileChanges> {
    const { targets, routing, attempts, cacheSeconds, policy, priceOverride, description, ...plain } = input;
    return {
      ...withDefaults(plain),
      description: description === '' ? null : description,
      targets: targets === undefined ? undefined : await this.targets(manager, place, targets ?? []),
      routing: routing && checkedRouting(routing),
      attempts: attempts && toAttemptPolicy(attempts),
      cacheSeconds,
      policy: policy && toPolicy(policy),
      priceOverride: priceOverride && toPriceOverride(priceOverride),
    };
  }

  private async targets(
    manager: EntityManager,
    place: ProfilePlaceIds,
    inputs: readonly TargetInput[],
  ): Promise<TargetBody[]> {
    const targets: TargetBody[] = [];
    for (const [index, { model, weight, priority, isEnabled, conditions }] of inputs.entries()) {
      const path = `targets.${index}.model`;
      const modelId = await this.modelId(manager, place, { reference: model, path });
      if (targets.some((other) => other.modelId === modelId)) throw invalid(path, 'must not name a model twice');
      targets.push({
        modelId,
        weight: weight ?? 1,
        priority: priority ?? 0,
        isEnabled: isEnabled ?? true,
        conditions: toConditions(conditions),
      });
    }
    return targets;
  }

  private async modelId(
    manager: EntityManager,
    place: ProfilePlaceIds,
    { reference, path }: { reference: string; path: string },
  ): Promise<string> {
    const [found, ...others] = await this.models.matching(manager, place, reference);
    if (!found) throw invalid(path, `must be a model that the project can use; there is no "${reference}"`);
    if (others.length > 0) {
      const labels = [found, ...others].map(({ label }) => label);
      throw invalid(path, `must say which of ${labels.join(', ')} is meant; give provider/name or the id`);
    }
    return found.id;
  }
}

/** What `null` stands for: validation lets it through wherever a field may be left out. */
const DEFAULTS = { aliases: [], operation: 'chat', isEnabled: true, responseModel: 'profile' } as const;

function withDefaults(given: Pick<UpdateProfile, 'name' | keyof typeof DEFAULTS>): ProfileChanges {
  const filled = Object.entries(given).map(([field, value]) => [
    field,
    value === null ? DEFAULTS[field as keyof typeof DEFAULTS] : value,
  ]);
  return Object.fromEntries(filled) as ProfileChanges;
}

/** Checks what takes all parts together. Throws `profile.invalid_field`. */
export function assertBody({ name, aliases }: ProfileBody): void {
  if (aliases.includes(name)) throw invalid('aliases', 'must not hold the name itself');
}

function checkedRouting(input: RoutingInput): RoutingEntry | null {
  const problem = routingProblem(input);
  if (problem) throw invalid(problem.path, problem.message);
  return toRouting(input);
}

/** Every field that can be undefined is there, so that equal policies have equal bodies. */
function toPolicy({ defaults, overrides, systemPrompt, parameters }: PolicyInput): RequestPolicy {
  const prompt = systemPrompt && { text: systemPrompt.text, position: systemPrompt.position };
  const policy = { defaults: defaults ?? {}, overrides: overrides ?? {}, systemPrompt: prompt ?? null };
  const strictness = parameters === 'strict' ? { parameters } : {};
  const problem = policyProblem(policy);
  if (problem) throw invalid('policy', problem);
  return { ...policy, ...strictness };
}

function toPriceOverride({ buckets, tiers }: PriceOverrideInput): PriceOverride {
  return { buckets, tiers: (tiers ?? []).map((tier) => ({ aboveTokens: tier.aboveTokens, buckets: tier.buckets })) };
}

function invalid(path: string, message: string): Error {
  return profileErrors.invalid_field({ issues: [{ path, message }] });
}
