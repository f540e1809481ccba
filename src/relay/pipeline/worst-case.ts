import { nanosOf } from '../../limits/book/amounts.js';
import { priceAt } from '../../routing/cost.js';
import type { Candidate } from '../../routing/candidate.js';
import type { AllowanceMetric } from '../../snapshot/allowances.js';
import type {
  ModelEntry,
  Operation,
  PriceBucket,
  PriceEntry,
  PriceTable,
  ProfileEntry,
} from '../../snapshot/snapshot.js';
import type { CallBody } from './call-body.js';

/** Denser than that no text is in practice; what a prompt has beyond it is charged all the same. */
const BYTES_PER_TOKEN = 2;
/** What an image or a sound of few bytes (a link) may come to. */
const TOKENS_PER_MEDIA_LINK = 2000;
/** Where nobody says how long an answer may get. */
const DEFAULT_MAX_OUTPUT = 16_384;
/** Sound of fewer bytes a second is speech nobody could make out. */
const AUDIO_BYTES_PER_SECOND = 1000;
const PICOS_PER_MICRO = 1_000_000n;
const OUTPUT_FIELDS = ['max_completion_tokens', 'max_output_tokens', 'max_tokens'] as const;

/** What a worst case depends on: a resolved call. */
export interface WorstCaseCall {
  readonly body: CallBody | undefined;
  readonly operation: Operation;
  readonly profile: ProfileEntry | undefined;
  readonly candidates: readonly Candidate[];
  readonly startedAt: number;
}

/** The most that one attempt of a call may use; each part is worked out when it is first asked for. */
export class WorstCase {
  private input: number | undefined;
  private output: number | undefined;
  private nanos: number | undefined;

  constructor(private readonly call: WorstCaseCall) {}

  /** What a call may take of an allowance that counts this. */
  of(metric: AllowanceMetric): number {
    switch (metric) {
      case 'requests':
      case 'concurrency':
        return 1;
      case 'seconds':
        return 0;
      case 'input_tokens':
        return this.inputTokens;
      case 'output_tokens':
        return this.outputTokens;
      case 'total_tokens':
        return this.inputTokens + this.outputTokens;
      case 'money':
        return (this.nanos ??= this.dearest());
      default: {
        const exhaustive: never = metric;
        throw new Error(`unknown metric ${String(exhaustive)}`);
      }
    }
  }

  private get inputTokens(): number {
    return (this.input ??= inputBound(this.call));
  }

  private get outputTokens(): number {
    return (this.output ??= Math.max(0, ...this.call.candidates.map(({ model }) => outputBound(this.call, model))));
  }

  /** At the dearest candidate; one without a price costs nothing that could be counted. */
  private dearest(): number {
    const { call } = this;
    return Math.max(0, ...call.candidates.map((candidate) => costBound(call, candidate, this.inputTokens)));
  }
}

function inputBound({ body, operation, candidates }: WorstCaseCall): number {
  if (!body || operation === 'speech' || operation === 'image') return 0;
  const links = countOf(body.raw, '"image_url"') + countOf(body.raw, '"input_image"');
  const bound = Math.ceil(body.raw.length / BYTES_PER_TOKEN) + links * TOKENS_PER_MEDIA_LINK;
  const windows = candidates.map(({ model }) => model.contextWindow);
  const known = windows.filter((window) => window !== null);
  return known.length < windows.length ? bound : Math.min(bound, Math.max(...known));
}

function countOf(bytes: Buffer, text: string): number {
  let count = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) count++;
  return count;
}

const HAS_OUTPUT: ReadonlySet<string> = new Set(['chat', 'completion', 'responses', 'transcription', 'translation']);

/** What the caller, the profile's policy or the model allows; times the answers that are asked for. */
function outputBound(call: WorstCaseCall, model: ModelEntry): number {
  const { operation, body } = call;
  if (!body || !HAS_OUTPUT.has(operation)) return 0;
  const asked = OUTPUT_FIELDS.map((field) => askedFor(call, model, field)).filter((value) => value !== undefined);
  const most = model.maxOutput ?? DEFAULT_MAX_OUTPUT;
  const each = asked.length === 0 ? most : Math.min(Math.max(...asked), model.maxOutput ?? Infinity);
  return each * Math.max(1, askedFor(call, model, 'n') ?? 1);
}

/** A number of the body as it goes upstream. */
function askedFor({ body, profile }: WorstCaseCall, model: ModelEntry, field: string): number | undefined {
  const { overrides, defaults } = profile?.policy ?? {};
  const given = [overrides?.[field], body?.number(field), defaults?.[field], model.defaults?.[field]];
  return given.find((value) => typeof value === 'number') as number | undefined;
}

/** The highest unit prices that a price may come to, over its tiers and over what a token may turn out to be. */
interface Dearest {
  readonly input: bigint;
  readonly output: bigint;
  readonly request: bigint;
  readonly character: bigint;
  readonly image: bigint;
  readonly minute: bigint;
}

const known = new WeakMap<PriceEntry, Dearest>();

function dearestOf(price: PriceEntry): Dearest {
  let found = known.get(price);
  if (!found) {
    const tables = [price.buckets, ...price.tiers.map(({ buckets }) => buckets)];
    const most = (...names: PriceBucket[]): bigint => highest(tables, names);
    found = {
      input: most('input', 'cacheWrite5m', 'cacheWrite1h', 'audioInput'),
      output: most('output', 'reasoning', 'audioOutput'),
      request: most('request'),
      character: most('characters'),
      image: most('image'),
      minute: most('minute'),
    };
    known.set(price, found);
  }
  return found;
}

function highest(tables: readonly PriceTable[], names: readonly PriceBucket[]): bigint {
  let most = 0n;
  for (const table of tables) {
    for (const name of names) {
      const price = table[name] ?? 0n;
      if (price > most) most = price;
    }
  }
  return most;
}

function costBound(call: WorstCaseCall, { model }: Candidate, inputTokens: number): number {
  const price = call.profile?.priceOverride ?? priceAt(model.prices, call.startedAt);
  if (!price) return 0;
  const dearest = dearestOf(price);
  const tokens = BigInt(inputTokens) * dearest.input + BigInt(outputBound(call, model)) * dearest.output;
  return nanosOf(tokens + dearest.request * PICOS_PER_MICRO + unitCost(call, dearest));
}

/** What is not counted in tokens. */
function unitCost({ operation, body }: WorstCaseCall, { character, image, minute }: Dearest): bigint {
  const bytes = body?.raw.length ?? 0;
  if (operation === 'speech') return BigInt(bytes) * character;
  if (operation === 'image') return BigInt(Math.max(1, body?.number('n') ?? 1)) * image * PICOS_PER_MICRO;
  if (operation !== 'transcription' && operation !== 'translation') return 0n;
  return BigInt(Math.ceil(bytes / AUDIO_BYTES_PER_SECOND / 60)) * minute * PICOS_PER_MICRO;
}
