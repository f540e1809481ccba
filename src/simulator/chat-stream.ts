import { isObject, type Call, type Frame, type JsonObject } from './answer.js';
import { finishReason, logprob, type ToolCall, type Turn } from './turn.js';

/** One step of one choice: its delta as JSON, and the tokens it brings. */
interface Step {
  readonly delta: string;
  readonly tokens: number;
  readonly logprobs?: string;
  readonly finish?: string;
}

/** The chunks of a streamed chat completion; several choices take turns, as OpenAI's do. */
export function* chatFrames(call: Call, turns: readonly Turn[], usage: JsonObject): Generator<Frame> {
  const chunk = new ChunkWriter(call, usage);
  let tokens = 0;
  for (const { index, step } of takingTurns(turns.map((turn) => stepsOf(call, turn)))) {
    tokens += step.tokens;
    yield chunk.of(index, step, tokens);
  }
  if (chunk.hasUsageChunk) yield chunk.ofUsage();
  if (!omits(call, 'done')) yield { data: '[DONE]', tokens: 0 };
}

/** Prints chunks around a head and a tail that stay the same through the stream. */
class ChunkWriter {
  readonly hasUsageChunk: boolean;
  private readonly head: string;
  private readonly tail: string;
  private readonly countsEvery: boolean;

  constructor(
    private readonly call: Call,
    private readonly usage: JsonObject,
  ) {
    const { usage: mode, padding } = call.directives;
    const { id, createdSeconds: created, model } = call;
    const options = call.body.stream_options;
    const isAsked = isObject(options) && options.include_usage === true;
    this.hasUsageChunk = mode !== 'none' && (isAsked || mode !== undefined);
    this.countsEvery = mode === 'every';
    const common = { id: `chatcmpl-${id}`, object: 'chat.completion.chunk', created, model, service_tier: 'default' };
    this.head = `${JSON.stringify(common).slice(0, -1)},"system_fingerprint":null,`;
    const noUsage = this.hasUsageChunk && mode !== 'bare' ? ',"usage":null' : '';
    this.tail = `${padding ? `,"obfuscation":"${'x'.repeat(padding)}"` : ''}${this.countsEvery ? '' : `${noUsage}}`}`;
  }

  of(index: number, { delta, tokens, finish, logprobs = 'null' }: Step, tokensSoFar: number): Frame {
    const reason = finish === undefined ? 'null' : `"${finish}"`;
    const choice = `{"index":${index},"delta":${delta},"logprobs":${logprobs},"finish_reason":${reason}}`;
    const data = `${this.head}"choices":[${choice}]${this.tail}`;
    if (!this.countsEvery) return { data, tokens };
    return { data: `${data},"usage":${this.usageSoFar(tokensSoFar)}}`, tokens, hasUsage: true };
  }

  ofUsage(): Frame {
    const choices = this.call.directives.usage === 'bare' ? '' : '"choices":[],';
    return { data: `${this.head}${choices}"usage":${JSON.stringify(this.usage)}}`, tokens: 0, hasUsage: true };
  }

  private usageSoFar(output: number): string {
    const input = Number(this.usage.prompt_tokens);
    return JSON.stringify({ ...this.usage, completion_tokens: output, total_tokens: input + output });
  }
}

function* takingTurns(all: readonly Iterator<Step>[]): Generator<{ index: number; step: Step }> {
  let open = [...all.entries()];
  while (open.length > 0) {
    const stillOpen: typeof open = [];
    for (const [index, steps] of open) {
      const next = steps.next();
      if (next.done) continue;
      stillOpen.push([index, steps]);
      yield { index, step: next.value };
    }
    open = stillOpen;
  }
}

function* stepsOf(call: Call, turn: Turn): Generator<Step> {
  const { chunkTokens = 1 } = call.directives;
  const content = turn.toolCalls.length > 0 ? 'null' : '""';
  const role = omits(call, 'role') ? '' : '"role":"assistant",';
  yield { delta: `{${role}"content":${content},"refusal":null}`, tokens: 0 };
  for (const part of grouped(turn.reasoning, chunkTokens)) {
    yield { delta: `{"reasoning_content":${JSON.stringify(part.join(''))}}`, tokens: part.length };
  }
  for (const part of grouped(turn.text, chunkTokens)) {
    const logprobs = call.body.logprobs === true ? logprobsOf(part) : undefined;
    yield { delta: `{"content":${JSON.stringify(part.join(''))}}`, tokens: part.length, logprobs };
  }
  for (const [index, toolCall] of turn.toolCalls.entries()) yield* toolSteps(index, toolCall, chunkTokens);
  if (!omits(call, 'finish')) yield { delta: '{}', tokens: 0, finish: finishReason(turn) };
}

function* toolSteps(index: number, call: ToolCall, chunkTokens: number): Generator<Step> {
  const start = { index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } };
  yield { delta: JSON.stringify({ tool_calls: [start] }), tokens: 0 };
  for (const part of grouped(call.arguments, chunkTokens)) {
    const next = { index, function: { arguments: part.join('') } };
    yield { delta: JSON.stringify({ tool_calls: [next] }), tokens: part.length };
  }
}

/** The pieces in groups, the last one perhaps smaller. */
export function* grouped(pieces: readonly string[], size: number): Generator<readonly string[]> {
  for (let i = 0; i < pieces.length; i += size) yield pieces.slice(i, i + size);
}

function logprobsOf(part: readonly string[]): string {
  return JSON.stringify({ content: part.map(logprob), refusal: null });
}

function omits({ directives }: Call, part: string): boolean {
  return directives.omit?.split(',').includes(part) ?? false;
}
