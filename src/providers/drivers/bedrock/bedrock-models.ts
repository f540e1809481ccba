import type { Address, UpstreamModel } from '../driver.js';

const MAX_MODELS = 5000;

/** Models that answer in text and are called as they are; the newer ones are called through an inference profile only. */
export const FOUNDATION_MODELS = '/foundation-models?byInferenceType=ON_DEMAND&byOutputModality=TEXT';
/** Names that spread calls of a model over regions, and those that an account has made to tell its costs apart. */
export const INFERENCE_PROFILES = '/inference-profiles?maxResults=1000';

const RUNTIME_HOST = /^(https:\/\/)bedrock-runtime(-fips)?(\.[a-z0-9-]+\.(?:amazonaws\.com|api\.aws)(?:\.cn)?)$/;
const MODEL_OWNER = /foundation-model\/([^.]+)\./;

/** Models are listed by another host than calls go to; of a host that is none of Amazon's the same is asked. */
export function controlPlaneOf({ origin, basePath }: Address): Address {
  return { origin: origin.replace(RUNTIME_HOST, '$1bedrock$2$3'), basePath };
}

/** Reads either list; `undefined` when it is neither. */
export function readBedrockModels(answer: unknown): readonly UpstreamModel[] | undefined {
  const models = listIn(answer, 'modelSummaries');
  if (models) return models.flatMap(readModel);
  return listIn(answer, 'inferenceProfileSummaries')?.flatMap(readProfile);
}

function readModel({ modelId, providerName }: Record<string, unknown>): UpstreamModel[] {
  return typeof modelId === 'string' ? [entryOf(modelId, providerName)] : [];
}

/** A profile of an account is called by its ARN, the others by their id. */
function readProfile(profile: Record<string, unknown>): UpstreamModel[] {
  const { inferenceProfileId, inferenceProfileArn, status, type, models } = profile;
  const id = type === 'APPLICATION' ? inferenceProfileArn : inferenceProfileId;
  if (typeof id !== 'string' || status !== 'ACTIVE') return [];
  const [, owner] = MODEL_OWNER.exec(JSON.stringify(models ?? null)) ?? [];
  return [entryOf(id, owner)];
}

function entryOf(upstreamId: string, owner: unknown): UpstreamModel {
  return { upstreamId, ownedBy: typeof owner === 'string' ? owner.toLowerCase() : null, contextWindow: null };
}

function listIn(answer: unknown, field: string): Record<string, unknown>[] | undefined {
  const list = (answer as Record<string, unknown> | null | undefined)?.[field];
  if (!Array.isArray(list)) return undefined;
  return list.slice(0, MAX_MODELS).filter((item) => typeof item === 'object' && item !== null);
}
