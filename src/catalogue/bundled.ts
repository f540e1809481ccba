import type { ConditionalPrice, ModelInfo, ModelPrice, Provider, Tier } from '@pydantic/genai-prices';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PriceBucket } from '../snapshot/snapshot.js';
import type { CatalogueDocument, CatalogueModel } from './catalogue-document.js';
import { inferOperation } from './infer-operation.js';
import { usdText, type ListPrice, type ListTier, type PriceTexts } from './list-price.js';
import { canonicalProvider } from './provider-names.js';

/** The package hands providers out by id only, so we know the ids. A spec looks for ones that came later. */
export const BUNDLED_PROVIDERS =
  'anthropic arcee avian aws azure baseten cerebras cloudflare cohere cursor deepseek doubleword fireworks github-copilot google groq huggingface_cerebras huggingface_fireworks-ai huggingface_groq huggingface_hyperbolic huggingface_nebius huggingface_novita huggingface_nscale huggingface_ovhcloud huggingface_publicai huggingface_sambanova huggingface_together minimax mistral modal moonshotai novita openai openrouter ovhcloud perplexity quicksilverpro together typesafe voyageai x-ai zai zhipuai'.split(
    ' ',
  );

/** Where each published price goes, and by how much it is divided: per 1,000 requests, per hour. */
const BUCKETS: Readonly<Record<string, readonly [PriceBucket, bigint]>> = {
  input_mtok: ['input', 1n],
  output_mtok: ['output', 1n],
  cache_read_mtok: ['cachedInput', 1n],
  cache_write_mtok: ['cacheWrite5m', 1n],
  cache_write_1h_mtok: ['cacheWrite1h', 1n],
  input_audio_mtok: ['audioInput', 1n],
  output_audio_mtok: ['audioOutput', 1n],
  input_image_mtok: ['imageInput', 1n],
  output_image_mtok: ['imageOutput', 1n],
  output_reasoning_mtok: ['reasoning', 1n],
  requests_kcount: ['request', 1000n],
  web_searches_kcount: ['search', 1000n],
  audio_hours: ['minute', 60n],
  input_audio_hours: ['minute', 60n],
};

/** The version of the installed package, as a catalogue version. */
export async function bundledVersion(): Promise<string> {
  const entry = fileURLToPath(import.meta.resolve('@pydantic/genai-prices'));
  const manifest = JSON.parse(await readFile(join(dirname(entry), '../package.json'), 'utf8')) as { version: string };
  return `genai-prices-${manifest.version}`;
}

/** The catalogue that comes with the software. The package is loaded only for this: it is large, and this is rare. */
export async function readBundled(): Promise<CatalogueDocument> {
  const { findProvider } = await import('@pydantic/genai-prices');
  const providers = BUNDLED_PROVIDERS.flatMap((providerId) => findProvider({ providerId }) ?? []);
  return {
    providers: providers.map(({ id, name }) => ({ provider: canonicalProvider(id), name, baseUrl: null })),
    models: providers.flatMap((provider) => provider.models.map((model) => toModel(provider, model))),
    skipped: 0,
  };
}

function toModel({ id: provider }: Provider, model: ModelInfo): CatalogueModel {
  const conditional = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }];
  return {
    provider: canonicalProvider(provider),
    upstreamId: model.id,
    name: model.name ?? model.id,
    family: null,
    operation: inferOperation(model.id),
    capabilities: [],
    contextWindow: model.context_window ?? null,
    maxOutput: null,
    knowledge: null,
    released: null,
    status: model.deprecated === true ? 'deprecated' : null,
    prices: datedPrices(conditional),
    unbilled: unbilledParts(conditional),
    match: model.match,
  };
}

/** Prices by day. One that depends on the time of day can't be kept as such, and is named among the unbilled parts. */
function datedPrices(conditional: readonly ConditionalPrice[]): ListPrice[] {
  return conditional
    .filter(({ constraint }) => constraint?.type !== 'time_of_date')
    .map(({ constraint, prices }) => ({
      effectiveFrom: constraint?.type === 'start_date' ? constraint.start_date : null,
      ...tabulate(prices),
    }))
    .filter(({ buckets }) => Object.keys(buckets).length > 0)
    .toSorted((a, b) => (a.effectiveFrom ?? '').localeCompare(b.effectiveFrom ?? ''));
}

function unbilledParts(conditional: readonly ConditionalPrice[]): string[] {
  const parts = conditional.flatMap(({ prices }) => Object.keys(prices)).filter((part) => !(part in BUCKETS));
  const variesByTime = conditional.some(({ constraint }) => constraint?.type === 'time_of_date');
  return [...new Set(variesByTime ? [...parts, 'time_of_day'] : parts)].toSorted();
}

function tabulate(prices: ModelPrice): Pick<ListPrice, 'buckets' | 'tiers'> {
  const starts = new Set(Object.values(prices).flatMap((price) => tiersOf(price).map(({ start }) => start)));
  const tiers = [...starts].toSorted((a, b) => a - b);
  return {
    buckets: bucketsAt(prices, 0),
    tiers: tiers.map((start): ListTier => ({ aboveTokens: start, buckets: bucketsAt(prices, start) })),
  };
}

/** All buckets as they are once the input exceeds `start` tokens; a tier repeats those that do not change. */
function bucketsAt(prices: ModelPrice, start: number): PriceTexts {
  const buckets: PriceTexts = {};
  for (const [part, price] of Object.entries(prices)) {
    const [bucket, divisor] = BUCKETS[part] ?? [];
    const text = bucket && usdText(priceAbove(price, start), divisor);
    if (bucket && text !== undefined) buckets[bucket] = text;
  }
  return buckets;
}

function priceAbove(price: ModelPrice[string], start: number): number | undefined {
  if (typeof price !== 'object') return price;
  return tiersOf(price).findLast((tier) => tier.start <= start)?.price ?? price.base;
}

function tiersOf(price: ModelPrice[string]): Tier[] {
  return typeof price === 'object' ? price.tiers.toSorted((a, b) => a.start - b.start) : [];
}
