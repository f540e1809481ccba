import { Injectable } from '@nestjs/common';
import { inferOperation } from '../../catalogue/infer-operation.js';
import type { Operation } from '../../snapshot/snapshot.js';
import type { UpstreamModel } from '../drivers/driver.js';
import type { OpenedCredential } from '../provider-credentials.service.js';
import { ProviderModels } from '../provider-models.service.js';
import { ProviderOutcomes } from '../provider-outcomes.service.js';
import type { Provider } from '../provider.entity.js';
import { providerErrors } from '../providers.errors.js';
import { listAllModels, testProvider, type TestedModel, type TestResult } from './provider-test.js';
import { TestSubjects, type Nobody } from './test-subjects.service.js';
import { explain } from './verdicts.js';

/** Which model a test calls. */
export interface TestWish {
  readonly upstreamId?: string | undefined;
  /** `chat` if left out. */
  readonly operation?: Operation | undefined;
}

/** What a provider lists, beside what is known of it here. */
export interface DiscoveredModel extends UpstreamModel {
  /** The operation that its name suggests. */
  readonly operation: Operation;
  /** The models here that have this upstream id. */
  readonly modelIds: readonly string[];
}

/** Tests providers and asks them what they serve; what it sees becomes their status. */
@Injectable()
export class ProviderTests {
  constructor(
    private readonly subjects: TestSubjects,
    private readonly models: ProviderModels,
    private readonly outcomes: ProviderOutcomes,
  ) {}

  /** Tests a saved provider, with the model that is wished for or one of its own. */
  async test(provider: Provider, wish: TestWish): Promise<TestResult> {
    const subject = await this.subjects.prepare(provider);
    const model = wished(wish) ?? (await this.ownModel(provider.id));
    const result = 'verdict' in subject ? nobody(subject) : await testProvider({ ...subject, model });
    await this.remember(provider.id, result);
    return result;
  }

  /** Tests what isn't saved. */
  async testDraft(draft: Provider, credential: OpenedCredential, wish: TestWish): Promise<TestResult> {
    const subject = await this.subjects.prepare(draft, credential);
    return 'verdict' in subject ? nobody(subject) : testProvider({ ...subject, model: wished(wish) });
  }

  /** Asks a provider which models it serves. Throws `provider.discovery_failed` with the verdict and a hint. */
  async discover(provider: Provider): Promise<DiscoveredModel[]> {
    const subject = await this.subjects.prepare(provider);
    if ('verdict' in subject) throw failed(nobody(subject));
    const { models, step } = await listAllModels(subject);
    await this.remember(provider.id, { verdict: step.verdict, steps: [step], models });
    if (!models) throw failed({ verdict: step.verdict, steps: [step], models });
    const own = Map.groupBy(await this.models.of(provider.id), ({ upstreamId }) => upstreamId);
    return models
      .map((model) => ({
        ...model,
        operation: inferOperation(model.upstreamId),
        modelIds: (own.get(model.upstreamId) ?? []).map(({ id }) => id),
      }))
      .toSorted((a, b) => (a.upstreamId < b.upstreamId ? -1 : 1));
  }

  private async ownModel(providerId: string): Promise<TestedModel | null> {
    const models = await this.models.of(providerId);
    return models.find(({ operation }) => operation === 'chat') ?? models[0] ?? null;
  }

  private async remember(providerId: string, { verdict, steps }: TestResult): Promise<void> {
    const { outcome: kind, message } = explain(verdict);
    if (kind === null) return;
    const last = steps.at(-1);
    const detail = kind === 'ok' ? null : (last?.detail ?? message);
    this.outcomes.note(providerId, { kind, at: new Date(), detail, latencyMs: last?.latencyMs ?? null });
    await this.outcomes.flush();
  }
}

function wished({ upstreamId, operation = 'chat' }: TestWish): TestedModel | null {
  return upstreamId === undefined ? null : { upstreamId, operation };
}

function nobody({ verdict, steps }: Nobody): TestResult {
  return { verdict, steps, models: null };
}

function failed({ verdict, steps }: TestResult): Error {
  const { message, hint } = explain(verdict);
  return providerErrors.discovery_failed({ verdict, message, hint, detail: steps.at(-1)?.detail ?? null });
}
