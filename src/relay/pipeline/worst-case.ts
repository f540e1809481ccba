import { isAscii } from 'node:buffer';
import { nanosOf } from '../../limits/book/amounts.js';
import { priceAt } from '../../routing/cost.js';
import type { Candidate } from '../../routing/candidate.js';
import type { AllowanceMetric } from '../../snapshot/allowances.js';
import type { ModelEntry, Operation, ProfileEntry, RequestPolicy } from '../../snapshot/snapshot.js';
import type { CallBody } from './call-body.js';
import { dearestOf, type Dearest } from './dearest-prices.js';

/** As dense as plain text gets: names, numbers, code. What a prompt has beyond it is charged all the same. */
const BYTES_PER_TOKEN = 2;
/** What an image or a sound of few bytes (a link) may come to. */
const TOKENS_PER_MEDIA_LINK = 2000;
/** Where nobody says how long an answer may get. */
const DEFAULT_MAX_OUTPUT = 16_384;
/** Sound of fewer bytes a second is speech nobody could make out. */
const AUDIO_BYTES_PER_SECOND = 1000;
/** The words around what is repeated. */
const REPAIR_TOKENS = 3000;
const PICOS_PER_MICRO = 1_000_000n;
/** More than that nobody means, and sums of it would not be exact. */
const MOST_ASKED = 1e9;
const OUTPUT_FIELDS = ['max_completion_tokens', 'max_output_tokens', 'max_tokens'] as const;

/** What a worst case depends on: a resolved call. */
export interface WorstCaseCall {
  readonly body: CallBody | undefined;
  readonly operation: Operation;
  readonly profile: ProfileEntry | undefined;
  readonly candidates: readonly Candidate[];
  readonly startedAt: number;
  /** How often its answer may be asked for again. */
  readonly format?: { readonly maxRepairs: number; readonly schemaBytes: number } | undefined;
}

/** The most that a call may use: one attempt, or two when it is hedged; each part is worked out when it is first asked for. */
export class WorstCase {
  private input: number | undefined;
  private output: number | undefined;
  private nanos: number | undefined;

  constructor(private readonly call: WorstCaseCall) {}

  /** What a call may take of an allowance that counts this. */
  of(metric: AllowanceMetric): number {
    const once = this.ofOne(metric);
    if (metric === 'requests' || metric === 'concurrency') return once;
    const asked = this.isHedged ? 2 * once : once;
    const more = (this.call.format?.maxRepairs ?? 0) + this.continuations;
    return more === 0 ? asked : asked + more * (once + this.repeated(metric));
  }

  /** How often another may go on with the answer. */
  private get continuations(): number {
    const { body, profile } = this.call;
    return body?.isStreamed ? (profile?.attempts?.continuations ?? 0) : 0;
  }

  /** What is sent beside the prompt: the answer that did not fit or broke off, what is wrong with it, and the schema. */
  private repeated(metric: AllowanceMetric): number {
    if (metric === 'output_tokens' || metric === 'seconds') return 0;
    const words = REPAIR_TOKENS + (this.call.format?.schemaBytes ?? 0);
    if (metric !== 'money') return this.outputTokens + words;
    return Math.max(0, ...this.call.candidates.map((candidate) => repeatBound(this.call, candidate, words)));
  }

  /** Whether two targets may be asked at the same time; both are paid for. */
  private get isHedged(): boolean {
    return this.call.profile?.attempts?.hedgeAfterMs != null;
  }

  private ofOne(metric: AllowanceMetric): number {
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

  /** What an answer is held to where nobody else does: neither the caller, nor the policy, nor the model. */
  get outputCap(): number | undefined {
    const { call } = this;
    const isOpen = ({ model }: Candidate): boolean => model.maxOutput === null && asked(call, model).length === 0;
    return CAPPED.has(call.operation) && call.candidates.some(isOpen) ? DEFAULT_MAX_OUTPUT : undefined;
  }

  /** What is set aside for the answer of one target. */
  outputOf(model: ModelEntry): number {
    return outputBound(this.call, model);
  }

  /** How many answers are asked of it. */
  choicesOf(model: ModelEntry): number {
    return choicesOf(this.call, model);
  }

  private get inputTokens(): number {
    return (this.input ??= inputBound(this.call, tokenBound));
  }

  private get outputTokens(): number {
    return (this.output ??= Math.max(0, ...this.call.candidates.map(({ model }) => outputBound(this.call, model))));
  }

  /** At the dearest candidate; one without a price costs nothing that could be counted. */
  private dearest(): number {
    const { call } = this;
    const inputTokens = inputBound(call, byteBound);
    return Math.max(0, ...call.candidates.map((candidate) => costBound(call, candidate, inputTokens)));
  }
}

function inputBound({ body, operation, candidates, profile }: WorstCaseCall, bound: (bytes: Buffer) => number): number {
  if (!body || operation === 'speech' || operation === 'image') return 0;
  const links = countOf(body.raw, '"image_url"') + countOf(body.raw, '"input_image"');
  const most = bound(body.raw) + links * TOKENS_PER_MEDIA_LINK + policyBytes(profile?.policy ?? null);
  const windows = candidates.map(({ model }) => model.contextWindow);
  const known = windows.filter((window) => window !== null);
  return known.length < windows.length ? most : Math.min(most, Math.max(...known));
}

/** For money: no tokenizer makes more tokens than there are bytes. */
function byteBound(bytes: Buffer): number {
  return bytes.length;
}

/** For rates, where too much set aside would refuse what fits: other scripts may have a token a byte, ASCII has not. */
function tokenBound(bytes: Buffer): number {
  if (isAscii(bytes)) return Math.ceil(bytes.length / BYTES_PER_TOKEN);
  // Each character beyond ASCII has one or two bytes more than UTF-16 units; its bytes are twice that at most.
  const others = Math.min(bytes.length, 2 * (bytes.length - bytes.toString().length));
  return others + Math.ceil((bytes.length - others) / BYTES_PER_TOKEN);
}

const policySizes = new WeakMap<RequestPolicy, number>();

/** What a policy may add to a prompt. */
function policyBytes(policy: RequestPolicy | null): number {
  if (!policy) return 0;
  let size = policySizes.get(policy);
  if (size === undefined) {
    size = Buffer.byteLength(JSON.stringify(policy));
    policySizes.set(policy, size);
  }
  return size;
}

function countOf(bytes: Buffer, text: string): number {
  let count = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) count++;
  return count;
}

const CAPPED: ReadonlySet<string> = new Set(['chat', 'completion', 'responses']);
const HAS_OUTPUT: ReadonlySet<string> = new Set([...CAPPED, 'transcription', 'translation']);

/** What the caller, the profile's policy or the model allows; times the answers that are asked for. */
function outputBound(call: WorstCaseCall, model: ModelEntry): number {
  const { operation, body } = call;
  if (!body || !HAS_OUTPUT.has(operation)) return 0;
  const most = model.maxOutput ?? DEFAULT_MAX_OUTPUT;
  const maxima = asked(call, model);
  const each = maxima.length === 0 ? most : Math.min(Math.max(...maxima), model.maxOutput ?? Infinity);
  return each * Math.max(choicesOf(call, model), askedFor(call, model, 'best_of') ?? 1);
}

function choicesOf(call: WorstCaseCall, model: ModelEntry): number {
  return Math.max(1, askedFor(call, model, 'n') ?? 1);
}

function asked(call: WorstCaseCall, model: ModelEntry): number[] {
  return OUTPUT_FIELDS.map((field) => askedFor(call, model, field)).filter((value) => value !== undefined);
}

/** A number of the body as it goes upstream, if it is one that makes sense. */
function askedFor({ body, profile }: WorstCaseCall, model: ModelEntry, field: string): number | undefined {
  const { overrides, defaults } = profile?.policy ?? {};
  const given = [overrides?.[field], body?.number(field), defaults?.[field], model.defaults?.[field]];
  const value = given.find((one) => typeof one === 'number') as number | undefined;
  return value !== undefined && value > 0 ? Math.min(Math.ceil(value), MOST_ASKED) : undefined;
}

function costBound(call: WorstCaseCall, { model }: Candidate, inputTokens: number): number {
  const price = call.profile?.priceOverride ?? priceAt(model.prices, call.startedAt);
  if (!price) return 0;
  const dearest = dearestOf(price);
  const tokens = BigInt(inputTokens) * dearest.input + BigInt(outputBound(call, model)) * dearest.output;
  return nanosOf(tokens + dearest.request * PICOS_PER_MICRO + unitCost(call, dearest));
}

/** What it costs to send an answer back, with so many tokens of words about it. */
function repeatBound(call: WorstCaseCall, { model }: Candidate, words: number): number {
  const price = call.profile?.priceOverride ?? priceAt(model.prices, call.startedAt);
  return price ? nanosOf(BigInt(outputBound(call, model) + words) * dearestOf(price).input) : 0;
}

/** What is not counted in tokens. */
function unitCost({ operation, body }: WorstCaseCall, { character, image, minute }: Dearest): bigint {
  const bytes = body?.raw.length ?? 0;
  if (operation === 'speech') return BigInt(bytes) * character;
  if (operation === 'image')
    return BigInt(Math.min(MOST_ASKED, Math.max(1, Math.ceil(body?.number('n') ?? 1)))) * image * PICOS_PER_MICRO;
  if (operation !== 'transcription' && operation !== 'translation') return 0n;
  return BigInt(Math.ceil(bytes / AUDIO_BYTES_PER_SECOND / 60)) * minute * PICOS_PER_MICRO;
}
