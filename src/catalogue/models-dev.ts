import type { PriceBucket } from '../snapshot/snapshot.js';
import { STATUSES, type CatalogueDocument, type CatalogueModel, type CatalogueProvider } from './catalogue-document.js';
import { inferOperation } from './infer-operation.js';
import { usdText, type ListPrice, type ListTier, type PriceTexts } from './list-price.js';
import { canonicalProvider } from './provider-names.js';

type Row = Readonly<Record<string, unknown>>;

const MAX_PROVIDERS = 2000;
const MAX_MODELS = 50_000;
const ID = /^[^\s\p{C}]{1,200}$/u;
const HOSTILE_IDS = new Set(['__proto__', 'constructor', 'prototype']);

const BUCKETS: Readonly<Record<string, PriceBucket>> = {
  input: 'input',
  output: 'output',
  reasoning: 'reasoning',
  cache_read: 'cachedInput',
  cache_write: 'cacheWrite5m',
  input_audio: 'audioInput',
  output_audio: 'audioOutput',
};

/**
 * Reads a models.dev document: `api.json` (providers by id), or `catalog.json` that has them below `providers`. A row
 * that makes no sense is skipped and counted; fields we don't know are ignored. `undefined`: it is no such document.
 */
export function readModelsDev(document: unknown): CatalogueDocument | undefined {
  if (!isRow(document)) return undefined;
  const listed = entries(isRow(document.providers) ? document.providers : document);
  const providers: CatalogueProvider[] = [];
  const models: CatalogueModel[] = [];
  let skipped = 0;
  for (const [id, row] of listed) {
    const found = providers.length < MAX_PROVIDERS ? readProvider(id, row) : undefined;
    if (!found) {
      skipped += 1;
      continue;
    }
    providers.push(found.provider);
    models.push(...found.models.slice(0, MAX_MODELS - models.length));
    skipped += found.skipped;
  }
  return { providers: uniqueBy(providers, ({ provider }) => provider), models: uniqueBy(models, keyOf), skipped };
}

function readProvider(
  id: string,
  row: unknown,
): { provider: CatalogueProvider; models: CatalogueModel[]; skipped: number } | undefined {
  if (!isId(id) || !isRow(row) || !isRow(row.models)) return undefined;
  const provider = canonicalProvider(id);
  const read = entries(row.models).map(([modelId, model]) => readModel(provider, modelId, model));
  const models = read.filter((model) => model !== undefined);
  return {
    provider: { provider, name: text(row.name) ?? id, baseUrl: text(row.api) ?? null },
    models,
    skipped: read.length - models.length,
  };
}

function readModel(provider: string, upstreamId: string, row: unknown): CatalogueModel | undefined {
  if (!isId(upstreamId) || !isRow(row)) return undefined;
  const [limit, modalities] = [isRow(row.limit) ? row.limit : {}, isRow(row.modalities) ? row.modalities : {}];
  const [inputs, outputs] = [texts(modalities.input), texts(modalities.output)];
  const prices = readPrices(row.cost);
  if (prices === undefined) return undefined;
  return {
    provider,
    upstreamId,
    name: text(row.name) ?? upstreamId,
    family: text(row.family) ?? null,
    operation: inferOperation(`${text(row.family) ?? ''}/${upstreamId}`, { inputs, outputs }),
    capabilities: capabilitiesOf(row, inputs, outputs),
    contextWindow: tokens(limit.context),
    maxOutput: tokens(limit.output),
    knowledge: day(row.knowledge),
    released: day(row.release_date),
    status: STATUSES.find((status) => status === row.status) ?? null,
    prices,
    unbilled: [],
    match: null,
  };
}

function capabilitiesOf(row: Row, inputs: readonly string[], outputs: readonly string[]): string[] {
  const found: Readonly<Record<string, boolean>> = {
    tools: row.tool_call === true || isRow(row.tool_call),
    reasoning: row.reasoning === true,
    'structured-output': row.structured_output === true,
    vision: inputs.includes('image'),
    pdf: inputs.includes('pdf'),
    'audio-input': inputs.includes('audio'),
    'video-input': inputs.includes('video'),
    'audio-output': outputs.includes('audio'),
    'image-output': outputs.includes('image'),
    'open-weights': row.open_weights === true,
  };
  return Object.keys(found).filter((capability) => found[capability]);
}

/** No price is an empty list; a price that can't be one makes the whole row suspect: `undefined`. */
function readPrices(cost: unknown): ListPrice[] | undefined {
  if (cost === undefined || cost === null) return [];
  if (!isRow(cost)) return undefined;
  const buckets = readBuckets(cost);
  const tiers = buckets && readTiers(cost, buckets);
  if (!buckets || !tiers) return undefined;
  return Object.keys(buckets).length === 0 ? [] : [{ effectiveFrom: null, buckets, tiers }];
}

function readBuckets(cost: Row): PriceTexts | undefined {
  const buckets: PriceTexts = {};
  for (const [part, bucket] of Object.entries(BUCKETS)) {
    const usd = cost[part];
    if (usd === undefined || usd === null) continue;
    const priced = usdText(usd);
    if (priced === undefined) return undefined;
    buckets[bucket] = priced;
  }
  return buckets;
}

function readTiers(cost: Row, base: PriceTexts): ListTier[] | undefined {
  const rows = Array.isArray(cost.tiers) ? cost.tiers : legacyTiers(cost);
  const tiers = rows.map((row) => readTier(row, base));
  if (tiers.some((tier) => tier === undefined)) return undefined;
  return tiers.filter((tier) => tier !== undefined).toSorted((a, b) => a.aboveTokens - b.aboveTokens);
}

/** What older documents have instead of `tiers`. */
function legacyTiers({ context_over_200k: over }: Row): unknown[] {
  return isRow(over) ? [{ ...over, tier: { type: 'context', size: 200_000 } }] : [];
}

function readTier(row: unknown, base: PriceTexts): ListTier | undefined {
  if (!isRow(row) || !isRow(row.tier)) return undefined;
  const [aboveTokens, buckets] = [tokens(row.tier.size), readBuckets(row)];
  if (row.tier.type !== 'context' || aboveTokens === null || !buckets) return undefined;
  return { aboveTokens, buckets: { ...base, ...buckets } };
}

function entries(row: Row): [string, unknown][] {
  return Object.entries(row).filter(([key]) => !HOSTILE_IDS.has(key));
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: string): boolean {
  return ID.test(value);
}

/** Without control characters, which Postgres would not take. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value.replace(/\p{C}/gu, '').slice(0, 500) || undefined : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** 0 means unknown there. */
function tokens(value: unknown): number | null {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= 2_000_000_000 ? Number(value) : null;
}

function day(value: unknown): string | null {
  return typeof value === 'string' && /^\d{4}-\d{2}(-\d{2})?$/.test(value) ? value : null;
}

function keyOf({ provider, upstreamId }: CatalogueModel): string {
  return JSON.stringify([provider, upstreamId]);
}

/** Two ids of a document may mean one provider of ours; the first wins. */
function uniqueBy<T>(rows: readonly T[], key: (row: T) => string): T[] {
  const seen = new Map<string, T>();
  for (const row of rows) if (!seen.has(key(row))) seen.set(key(row), row);
  return [...seen.values()];
}
