import type { Operation } from '../../snapshot/snapshot.js';
import type { Driver, Place, UpstreamModel } from '../drivers/driver.js';
import type { Probe, ProbeAnswer, ProbeTarget } from './probe.service.js';
import type { Verdict } from './verdicts.js';

/** One thing that a test tried. */
export interface TestStep {
  readonly name: 'credential' | 'models' | 'endpoint' | 'call';
  readonly verdict: Verdict;
  readonly status: number | null;
  readonly latencyMs: number;
  readonly detail: string | null;
}

/** A model to call, or to look for in the list. */
export interface TestedModel {
  readonly upstreamId: string;
  readonly operation: Operation;
}

/** What a test found. */
export interface TestResult {
  readonly verdict: Verdict;
  readonly steps: readonly TestStep[];
  /** `null` when the provider gave no list. */
  readonly models: readonly UpstreamModel[] | null;
}

/** What is tested. */
export interface Subject {
  readonly probe: Probe;
  readonly driver: Driver;
  readonly target: ProbeTarget;
  /** Where its other servers are: scheme, host and port. */
  readonly endpoints?: readonly string[];
  readonly model: TestedModel | null;
}

/** What a provider lists; `null` when it gave no list. */
export interface ModelList {
  readonly models: readonly UpstreamModel[] | null;
  readonly step: TestStep;
}

/** Some servers have no list of models and are fine otherwise; then a call decides. */
const NO_LIST: ReadonlySet<Verdict> = new Set<Verdict>(['not_found', 'rejected', 'bad_answer']);
/** Sent again in another form after these: a field may be refused. */
const FIELD_REFUSED = 400;

/** Lists the provider's models, asks its other servers for theirs, and makes one tiny call, if there is a model to call. */
export async function testProvider(subject: Subject): Promise<TestResult> {
  const others: TestStep[] = [];
  for (const origin of subject.endpoints ?? []) {
    const { step } = await listModels({ ...subject, target: { ...subject.target, origin } });
    others.push({ ...step, name: 'endpoint', detail: step.detail === null ? origin : `${origin}: ${step.detail}` });
  }
  const result = await testFirst(subject);
  const [listing, ...calls] = result.steps;
  const failed = others.find(({ verdict }) => verdict !== 'ok' && !NO_LIST.has(verdict));
  const verdict = result.verdict === 'ok' && failed ? failed.verdict : result.verdict;
  return { ...result, verdict, steps: listing ? [listing, ...others, ...calls] : others };
}

async function testFirst(subject: Subject): Promise<TestResult> {
  const { models, step: listing } = await listAllModels(subject);
  const { model } = subject;
  if (listing.verdict !== 'ok' && !(model && NO_LIST.has(listing.verdict))) {
    return { verdict: listing.verdict, steps: [listing], models };
  }
  if (!model) return { verdict: 'ok', steps: [listing], models };
  const call = await callModel(subject, model);
  if (call) return { verdict: overall(listing, call), steps: [listing, call], models };
  const isListed = models?.some(({ upstreamId }) => upstreamId === model.upstreamId) ?? false;
  const unseen = models ? 'model_not_found' : listing.verdict;
  return { verdict: isListed ? 'ok' : unseen, steps: [listing], models };
}

/** Asks for the list of models. */
export async function listModels({ probe, driver, target }: Omit<Subject, 'model'>): Promise<ModelList> {
  const answer = await probe.ask(listing(driver, target), driver.modelsPath(placeOf(target)));
  const models = answer.verdict === 'ok' ? driver.readModels(answer.json) : undefined;
  const isUnreadable = answer.verdict === 'ok' && models === undefined;
  const read = isUnreadable ? { verdict: 'bad_answer' as const, detail: 'The answer is not a list of models.' } : {};
  const step = toStep('models', { ...answer, ...read });
  return { models: models ? await withLoadState({ probe, driver, target }, models) : null, step };
}

/** `listModels`, with what the provider lists elsewhere. Without those the first list is as good. */
export async function listAllModels(subject: Omit<Subject, 'model'>): Promise<ModelList> {
  const { models: first, step } = await listModels(subject);
  if (!first) return { models: first, step };
  const { probe, driver, target } = subject;
  let models = first;
  for (const { path, replacesFirst } of driver.furtherModels?.(placeOf(target)) ?? []) {
    const answer = await probe.ask(listing(driver, target), path);
    const more = (answer.verdict === 'ok' && driver.readModels(answer.json)) || [];
    models = replacesFirst && more.length > 0 ? more : [...models, ...more];
  }
  return { models, step };
}

/** Models may be listed elsewhere than calls are answered. */
function listing({ modelsAt }: Driver, target: ProbeTarget): ProbeTarget {
  return modelsAt ? { ...target, ...modelsAt(target) } : target;
}

/** Adds which models are in memory, where the provider tells. Without that answer the list is as good. */
async function withLoadState(
  { probe, driver, target }: Omit<Subject, 'model'>,
  models: readonly UpstreamModel[],
): Promise<readonly UpstreamModel[]> {
  const path = driver.loadedPath?.(placeOf(target));
  if (path === undefined) return models;
  const loaded = driver.readLoaded?.((await probe.ask(target, path)).json);
  return loaded ? models.map((model) => ({ ...model, isLoaded: loaded.has(model.upstreamId) })) : models;
}

function placeOf({ basePath, headers }: ProbeTarget): Place {
  return { basePath, extraHeaders: headers };
}

/** Makes the call in its first form that is not refused; nothing for operations that are never small. */
export async function callModel(
  { probe, driver, target }: Omit<Subject, 'model'>,
  model: TestedModel,
): Promise<TestStep | undefined> {
  let step: TestStep | undefined;
  for (const body of driver.tinyCalls(model.operation, model.upstreamId)) {
    const answer = await probe.ask(
      target,
      driver.path(model.operation, model.upstreamId, false, placeOf(target)),
      body,
    );
    step = toStep('call', { ...answer, verdict: callVerdict(answer) });
    if (answer.status !== FIELD_REFUSED) return step;
  }
  return step;
}

/** Two paths that aren't there: it is the address that is wrong, not the model. */
function overall(listing: TestStep, call: TestStep): Verdict {
  return listing.verdict === 'not_found' && call.status === 404 ? 'not_found' : call.verdict;
}

/** On a call, 404 speaks of the model. */
function callVerdict({ verdict }: ProbeAnswer): Verdict {
  return verdict === 'not_found' ? 'model_not_found' : verdict;
}

function toStep(name: TestStep['name'], { verdict, status, latencyMs, detail }: ProbeAnswer): TestStep {
  return { name, verdict, status, latencyMs, detail };
}
