import { Injectable } from '@nestjs/common';
import { findDriver } from '../../providers/drivers/registry.js';
import { signerOf } from '../../providers/drivers/signer.js';
import { Probe } from '../../providers/testing/probe.service.js';
import { callModel, listModels, type Subject, type TestStep } from '../../providers/testing/provider-test.js';
import { explain, type Verdict } from '../../providers/testing/verdicts.js';
import { CurrentSnapshot } from '../../snapshot/current-snapshot.js';
import { CurrentViews } from '../../snapshot/current-views.js';
import { PROBE_FAILED, type TargetHealth } from '../../snapshot/health/target-health.js';
import type { ModelEntry, ProviderEntry, ProviderTimeouts } from '../../snapshot/snapshot.js';

/** Providers asked at the same time. */
const AT_ONCE = 4;
/** One probe may fail for many reasons. */
const FAILURES_TO_OPEN = 2;
const LONGEST_MS = 10_000;
/** What is so for one model is so for all of the provider. */
const SAME_FOR_ALL: ReadonlySet<Verdict> = new Set<Verdict>([
  'auth_failed',
  'connect_timeout',
  'egress_denied',
  'name_not_found',
  'refused',
  'tls_failed',
  'unreachable',
]);

/**
 * Asks providers how they are. A list of models costs nothing, but a server may list what it can't serve: so a list can
 * only take targets out of service, and not before a call has failed, too. The smallest possible call brings one back.
 * Providers whose calls go well are not asked.
 */
@Injectable()
export class HealthProber {
  private readonly failures = new Map<string, number>();
  /** Providers that answer calls but no list. */
  private readonly listless = new Set<string>();

  constructor(
    private readonly probe: Probe,
    private readonly snapshot: CurrentSnapshot,
    private readonly views: CurrentViews,
  ) {}

  /** Asks each provider that has a model. Never rejects. */
  async round(): Promise<void> {
    const { providers, models } = this.snapshot.get();
    const enabled = [...models.values()].filter(({ isEnabled }) => isEnabled);
    const waiting = [...Map.groupBy(enabled, ({ providerId }) => providerId)];
    for (const id of [...this.failures.keys(), ...this.listless]) if (!providers.get(id)) this.forget(id);
    const worker = async (): Promise<void> => {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        const provider = providers.get(next[0]);
        if (provider?.isEnabled) await this.ask(provider, next[1]);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  private async ask(provider: ProviderEntry, models: readonly ModelEntry[]): Promise<void> {
    const subject = this.subject(provider);
    if (!subject) return;
    const down = models.filter((model) => this.healthOf(model).isDown);
    if (down.length === 0) return this.list(subject, provider, models);
    for (const model of down) {
      const step = await anywhere(subject, provider, async (place) => callModel(place, model));
      if (step?.verdict === 'ok') this.healthOf(model).close(Date.now());
      else if (step && SAME_FOR_ALL.has(step.verdict)) return;
    }
  }

  private async list(subject: Subject, provider: ProviderEntry, models: readonly ModelEntry[]): Promise<void> {
    const { id: providerId } = provider;
    const targets = models.map((model) => this.healthOf(model));
    if (this.listless.has(providerId) || targets.some((target) => target.counts(Date.now()).good > 0)) return;
    const step = await anywhere(subject, provider, async (place) => (await listModels(place)).step);
    if (!step || !hasFailed(step)) return void this.failures.delete(providerId);
    const failures = (this.failures.get(providerId) ?? 0) + 1;
    this.failures.set(providerId, failures);
    if (failures < FAILURES_TO_OPEN) return;
    if (await this.answersCalls(subject, provider, models)) return void this.listless.add(providerId);
    for (const target of targets) target.open(Date.now(), PROBE_FAILED);
  }

  /** A key may be good for calls and not for lists, or a server may have none. */
  private async answersCalls(
    subject: Subject,
    provider: ProviderEntry,
    models: readonly ModelEntry[],
  ): Promise<boolean> {
    for (const model of models) {
      const step = await anywhere(subject, provider, async (place) => callModel(place, model));
      if (step) return explain(step.verdict).outcome === 'ok';
    }
    return false;
  }

  private forget(providerId: string): void {
    this.failures.delete(providerId);
    this.listless.delete(providerId);
  }

  private healthOf({ id, providerId }: ModelEntry): TargetHealth {
    return this.views.health.target(providerId, id);
  }

  /** A provider without its credential can't be asked, which says nothing of it. */
  private subject({ id, driver: name, origin, basePath, ...provider }: ProviderEntry): Subject | undefined {
    const driver = findDriver(name);
    if (!driver) return undefined;
    const answer = provider.needsCredential ? this.views.credentials.use(id) : undefined;
    if (answer && answer.kind !== 'present') return undefined;
    const credential = answer?.value ?? null;
    const authorization = credential === null ? {} : driver.authorize(credential);
    const headers = { ...driver.headers, ...provider.extraHeaders, ...authorization };
    const sign = signerOf(driver, credential);
    const target = { origin, basePath, headers, sign, credential, timeouts: patience(provider.timeouts) };
    return { probe: this.probe, driver, target, model: null };
  }
}

function hasFailed({ verdict }: TestStep): boolean {
  const { outcome } = explain(verdict);
  return (outcome === 'unreachable' && verdict !== 'bad_answer') || outcome === 'auth_failed';
}

/** Asks a provider's servers one after the other until one is well; what the last said if none is. */
async function anywhere(
  subject: Subject,
  { origin, endpoints = [origin] }: ProviderEntry,
  ask: (subject: Subject) => Promise<TestStep | undefined>,
): Promise<TestStep | undefined> {
  let step: TestStep | undefined;
  for (const each of endpoints) {
    step = await ask({ ...subject, target: { ...subject.target, origin: each } });
    if (step && explain(step.verdict).outcome === 'ok') return step;
  }
  return step;
}

/** Whoever takes longer to say a word is not well. */
function patience({ connectMs, firstByteMs, idleMs, totalMs }: ProviderTimeouts): ProviderTimeouts {
  return {
    connectMs,
    firstByteMs: Math.min(firstByteMs, LONGEST_MS),
    idleMs: Math.min(idleMs, LONGEST_MS),
    totalMs: Math.min(totalMs, LONGEST_MS),
  };
}
