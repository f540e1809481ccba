import { isAscii } from 'node:buffer';
import { nanosOf, nanosOfExact } from '../../limits/book/amounts.js';
import { priceAt } from '../../routing/cost.js';
import type { Candidate } from '../../routing/candidate.js';
import type { AllowanceMetric } from '../../snapshot/allowances.js';
import type { ModelEntry, Operation, ProfileEntry, RequestPolicy } from '../../snapshot/snapshot.js';
import { AskedOutputs, MOST_ASKED } from './asked-output.js';
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
/** What all words for an image have in common. */
const IMAGE = Buffer.from('image');

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
  private readonly asked: AskedOutputs;
  private links: number | undefined;
  private input: number | undefined;
  private output: number | undefined;
  private nanos: number | undefined;

  constructor(private readonly call: WorstCaseCall) {
    this.asked = new AskedOutputs(call);
  }

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
    return Math.max(0, ...this.call.candidates.map((candidate) => this.repeatBound(candidate, words)));
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
    const { operation, candidates } = this.call;
    if (!CAPPED.has(operation)) return undefined;
    for (const { model } of candidates) {
      if (model.maxOutput === null && this.asked.of(model).maximum === undefined) return DEFAULT_MAX_OUTPUT;
    }
    return undefined;
  }

  /** What is set aside for the answer of one target: what the caller, the profile's policy or the model allows, as often as it is asked for. */
  outputOf(model: ModelEntry): number {
    const { operation, body } = this.call;
    if (!body || !HAS_OUTPUT.has(operation)) return 0;
    const { maximum, written } = this.asked.of(model);
    const each =
      maximum === undefined ? (model.maxOutput ?? DEFAULT_MAX_OUTPUT) : Math.min(maximum, model.maxOutput ?? Infinity);
    return each * written;
  }

  /** How many answers are asked of it. */
  choicesOf(model: ModelEntry): number {
    return this.asked.of(model).choices;
  }

  private get inputTokens(): number {
    return (this.input ??= this.inputBound(tokenBound));
  }

  /** What is set aside for an answer at the candidate that may say most. */
  get outputTokens(): number {
    if (this.output !== undefined) return this.output;
    let most = 0;
    for (const { model } of this.call.candidates) most = Math.max(most, this.outputOf(model));
    return (this.output = most);
  }

  /** At the dearest candidate; one without a price costs nothing that could be counted. */
  private dearest(): number {
    const inputTokens = this.inputBound(byteBound);
    let most = 0;
    for (const candidate of this.call.candidates) most = Math.max(most, this.costBound(candidate, inputTokens));
    return most;
  }

  /** What the prompt may come to, and what the policy adds to it; no model takes more than its window. */
  private inputBound(bound: (bytes: Buffer) => number): number {
    const { body, operation, candidates, profile } = this.call;
    if (!body || operation === 'speech' || operation === 'image') return 0;
    this.links ??= linksIn(body.raw);
    const most = bound(body.raw) + this.links * TOKENS_PER_MEDIA_LINK + policyBytes(profile?.policy ?? null);
    let largest = 0;
    for (const { model } of candidates) {
      if (model.contextWindow === null) return most;
      largest = Math.max(largest, model.contextWindow);
    }
    return Math.min(most, largest);
  }

  private costBound({ model }: Candidate, inputTokens: number): number {
    const { call } = this;
    const dearest = this.dearestOf(model);
    if (!dearest) return 0;
    const outputTokens = this.outputOf(model);
    const picos = inputTokens * dearest.inputNumber + outputTokens * dearest.outputNumber;
    const isExact = dearest.request === 0n && picos <= Number.MAX_SAFE_INTEGER; // then each part of it is exact, too
    if (isExact && !HAS_UNITS.has(call.operation)) return nanosOfExact(picos);
    const tokens = BigInt(inputTokens) * dearest.input + BigInt(outputTokens) * dearest.output;
    return nanosOf(tokens + dearest.request * PICOS_PER_MICRO + unitCost(call, dearest));
  }

  /** What it costs to send an answer back, with so many tokens of words about it. */
  private repeatBound({ model }: Candidate, words: number): number {
    const dearest = this.dearestOf(model);
    return dearest ? nanosOf(BigInt(this.outputOf(model) + words) * dearest.input) : 0;
  }

  private dearestOf({ prices }: ModelEntry): Dearest | undefined {
    const price = this.call.profile?.priceOverride ?? priceAt(prices, this.call.startedAt);
    return price ? dearestOf(price) : undefined;
  }
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

/** How many images are in a body, or links to some. */
function linksIn(bytes: Buffer): number {
  if (bytes.indexOf(IMAGE) < 0) return 0;
  return countOf(bytes, '"image_url"') + countOf(bytes, '"input_image"');
}

function countOf(bytes: Buffer, text: string): number {
  let count = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) count++;
  return count;
}

const CAPPED: ReadonlySet<string> = new Set(['chat', 'completion', 'responses']);
const HAS_OUTPUT: ReadonlySet<string> = new Set([...CAPPED, 'transcription', 'translation']);
/** Whose calls cost something that is not counted in tokens. */
const HAS_UNITS: ReadonlySet<string> = new Set(['speech', 'image', 'transcription', 'translation']);

/** What is not counted in tokens. */
function unitCost({ operation, body }: WorstCaseCall, { character, image, minute }: Dearest): bigint {
  const bytes = body?.raw.length ?? 0;
  if (operation === 'speech') return BigInt(bytes) * character;
  if (operation === 'image')
    return BigInt(Math.min(MOST_ASKED, Math.max(1, Math.ceil(body?.number('n') ?? 1)))) * image * PICOS_PER_MICRO;
  if (operation !== 'transcription' && operation !== 'translation') return 0n;
  return BigInt(Math.ceil(bytes / AUDIO_BYTES_PER_SECOND / 60)) * minute * PICOS_PER_MICRO;
}
