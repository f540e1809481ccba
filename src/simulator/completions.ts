import {
  countField,
  isObject,
  listOf,
  plain,
  stream,
  type Answer,
  type Call,
  type Frame,
  type Json,
} from './answer.js';
import { grouped } from './chat-stream.js';
import { countTokens } from './pseudo-text.js';
import { finishReason, takeTurn, type Turn } from './turn.js';

/** `POST /completions`, the old kind. */
export function completions(call: Call): Answer {
  const { body, directives, model } = call;
  const prompts = promptsOf(body.prompt);
  const maxTokens = countField(body, 'max_tokens') ?? 16;
  const ask = { model, directives, tools: [], isParallel: false, schema: undefined, maxTokens };
  const count = countField(body, 'n') ?? 1;
  const turns = prompts.flatMap(({ text }) =>
    Array.from({ length: count }, (_, choice) => takeTurn({ ...ask, prompt: text }, choice)),
  );
  const inputTokens = prompts.reduce((sum, { tokens }) => sum + tokens, 0);
  const outputTokens = turns.reduce((sum, { tokens }) => sum + tokens, 0);
  const usage = {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
  if (body.stream === true) return stream(frames(call, turns, usage), inputTokens);
  const choices = turns.map((turn, index) => choice(index, turn.text.join(''), finishReason(turn)));
  const withUsage = directives.usage === 'none' ? {} : { usage };
  return plain({ ...head(call), choices, ...withUsage }, { inputTokens, outputTokens });
}

/** One prompt or several, as texts or as token numbers. */
function promptsOf(prompt: Json | undefined): { text: string; tokens: number }[] {
  if (typeof prompt === 'string') return [{ text: prompt, tokens: countTokens(prompt) }];
  const list = listOf(prompt);
  if (list.length > 0 && list.every((item) => typeof item === 'number')) {
    return [{ text: list.join(' '), tokens: list.length }];
  }
  return list.flatMap(promptsOf);
}

function* frames(call: Call, turns: readonly Turn[], usage: { [key: string]: Json }): Generator<Frame> {
  const options = call.body.stream_options;
  const mode = call.directives.usage;
  const hasUsage = mode !== 'none' && (mode !== undefined || (isObject(options) && options.include_usage === true));
  const noUsage = hasUsage ? { usage: null } : {};
  for (const [index, turn] of turns.entries()) {
    for (const part of grouped(turn.text, call.directives.chunkTokens ?? 1)) {
      const choices = [choice(index, part.join(''), null)];
      yield { data: JSON.stringify({ ...head(call), choices, ...noUsage }), tokens: part.length };
    }
    const last = [choice(index, '', finishReason(turn))];
    yield { data: JSON.stringify({ ...head(call), choices: last, ...noUsage }), tokens: 0 };
  }
  if (hasUsage) yield { data: JSON.stringify({ ...head(call), choices: [], usage }), tokens: 0, hasUsage };
  yield { data: '[DONE]', tokens: 0 };
}

function head(call: Call): { [key: string]: Json } {
  return { id: `cmpl-${call.id}`, object: 'text_completion', created: call.createdSeconds, model: call.model };
}

function choice(index: number, text: string, reason: string | null): { [key: string]: Json } {
  return { text, index, logprobs: null, finish_reason: reason };
}
