import {
  countField,
  isObject,
  listOf,
  plain,
  Refusal,
  stream,
  type Answer,
  type Call,
  type Json,
  type JsonObject,
} from './answer.js';
import { chatFrames } from './chat-stream.js';
import { countTokens } from './pseudo-text.js';
import { finishReason, logprob, takeTurn, type Ask, type Tool, type Turn } from './turn.js';

const IMAGE_TOKENS = 85;
const AUDIO_TOKENS = 50;

/** `POST /chat/completions`. */
export function chat(call: Call): Answer {
  const { body } = call;
  if (!Array.isArray(body.messages)) throw new Refusal(400, "Missing required parameter: 'messages'.", missing);
  if (body.messages.length === 0) {
    throw new Refusal(400, "Invalid 'messages': empty array. Expected an array with minimum length 1.", {
      param: 'messages',
      code: 'empty_array',
    });
  }
  const prompt = readPrompt(body.messages);
  const ask = toAsk(call, prompt.text);
  const turns = Array.from({ length: countField(body, 'n') ?? 1 }, (_, choice) => takeTurn(ask, choice));
  const usage = chatUsage(call, prompt, turns);
  if (body.stream === true) return stream(chatFrames(call, turns, usage), prompt.tokens);
  return plain(completion(call, turns, usage), {
    inputTokens: prompt.tokens,
    outputTokens: turns.reduce((sum, turn) => sum + turn.tokens, 0),
  });
}

const missing = { param: 'messages', code: 'missing_required_parameter' };

function toAsk(call: Call, prompt: string): Ask {
  const { body, directives } = call;
  const mayCall = !isToolTurn(listOf(body.messages)) && body.tool_choice !== 'none';
  return {
    model: call.model,
    prompt,
    directives,
    tools: mayCall ? chosenTools(listOf(body.tools), body.tool_choice) : [],
    isParallel: body.parallel_tool_calls !== false,
    schema: schemaOf(body.response_format),
    maxTokens: countField(body, 'max_completion_tokens') ?? countField(body, 'max_tokens'),
  };
}

/** Whether results of tools came after what the model said last. */
function isToolTurn(messages: Json[]): boolean {
  const roles = messages.map((message) => (isObject(message) ? message.role : null));
  return roles.lastIndexOf('tool') > roles.lastIndexOf('assistant');
}

function chosenTools(tools: Json[], choice: Json | undefined): Tool[] {
  const wanted = isObject(choice) && isObject(choice.function) ? choice.function.name : undefined;
  return tools
    .filter(isObject)
    .map((tool) => tool.function)
    .filter(isObject)
    .filter(({ name }) => wanted === undefined || name === wanted)
    .map(({ name, parameters }) => ({ name: String(name), parameters }));
}

function schemaOf(format: Json | undefined): Json | undefined {
  if (!isObject(format)) return undefined;
  if (format.type === 'json_object') return true;
  return isObject(format.json_schema) ? format.json_schema.schema : undefined;
}

interface Prompt {
  readonly text: string;
  readonly tokens: number;
  readonly audioTokens: number;
}

/** The prompt's texts, and its tokens: those of the texts, and a fixed number for each picture and sound. */
function readPrompt(messages: Json[]): Prompt {
  const texts: string[] = [];
  let images = 0;
  let sounds = 0;
  for (const message of messages.filter(isObject)) {
    if (typeof message.content === 'string') texts.push(message.content);
    for (const part of listOf(message.content).filter(isObject)) {
      if (typeof part.text === 'string') texts.push(part.text);
      if (part.type === 'image_url') images++;
      if (part.type === 'input_audio') sounds++;
    }
  }
  const text = texts.join('\n');
  const audioTokens = sounds * AUDIO_TOKENS;
  return { text, audioTokens, tokens: countTokens(text) + images * IMAGE_TOKENS + audioTokens };
}

function chatUsage({ directives }: Call, prompt: Prompt, turns: readonly Turn[]): JsonObject {
  const output = turns.reduce((sum, turn) => sum + turn.tokens, 0);
  return {
    prompt_tokens: prompt.tokens,
    completion_tokens: output,
    total_tokens: prompt.tokens + output,
    prompt_tokens_details: {
      cached_tokens: Math.min(directives.cached ?? 0, prompt.tokens),
      audio_tokens: prompt.audioTokens,
    },
    completion_tokens_details: {
      reasoning_tokens: turns.reduce((sum, turn) => sum + turn.reasoning.length, 0),
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function completion(call: Call, turns: readonly Turn[], usage: JsonObject): JsonObject {
  const wantsLogprobs = call.body.logprobs === true;
  const choices = turns.map((turn, index) => ({
    index,
    message: message(turn),
    logprobs: wantsLogprobs ? { content: turn.text.map(logprob), refusal: null } : null,
    finish_reason: finishReason(turn),
  }));
  return {
    id: `chatcmpl-${call.id}`,
    object: 'chat.completion',
    created: call.createdSeconds,
    model: call.model,
    choices,
    ...(call.directives.usage === 'none' ? {} : { usage }),
    service_tier: 'default',
    system_fingerprint: null,
  };
}

function message(turn: Turn): JsonObject {
  const said: JsonObject = {
    role: 'assistant',
    content: turn.toolCalls.length > 0 ? null : turn.text.join(''),
    refusal: null,
    annotations: [],
  };
  if (turn.reasoning.length > 0) said.reasoning_content = turn.reasoning.join('');
  if (turn.toolCalls.length > 0) {
    said.tool_calls = turn.toolCalls.map(({ id, name, arguments: text }) => ({
      id,
      type: 'function',
      function: { name, arguments: text.join('') },
    }));
  }
  return said;
}
