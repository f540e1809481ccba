import OpenAI from 'openai';
import { BEE, WEATHER, type Sdk, type SdkTarget } from './sdk.js';

const TOOL = { type: 'function' as const, name: 'weather', description: 'The weather.', parameters: WEATHER };
const BEE_FORMAT = { name: 'bee', schema: BEE, strict: true };

function clientOf({ url, apiKey }: SdkTarget): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
}

type Messages = OpenAI.ChatCompletionMessageParam[];
const chatOf = ({ model }: SdkTarget, prompt: string) => ({
  model,
  messages: [{ role: 'user', content: prompt }] as Messages,
});

function chatSaid({ choices, usage }: OpenAI.ChatCompletion) {
  const text = choices[0]?.message.content ?? '';
  return { text, inputTokens: usage?.prompt_tokens, outputTokens: usage?.completion_tokens };
}

export const OPENAI_CHAT: Sdk = {
  name: 'openai (chat completions)',
  path: '/chat/completions',
  text: async (target, prompt) => chatSaid(await clientOf(target).chat.completions.create(chatOf(target, prompt))),
  stream: async (target, prompt) => {
    const asked = { ...chatOf(target, prompt), stream_options: { include_usage: true } };
    const stream = clientOf(target).chat.completions.stream(asked);
    let pieces = 0;
    stream.on('content', () => pieces++);
    return { ...chatSaid(await stream.finalChatCompletion()), pieces };
  },
  tool: async (target, prompt) => {
    const client = clientOf(target);
    const { messages, model } = chatOf(target, prompt);
    const { type, ...shape } = TOOL;
    const tools = [{ type, function: shape }];
    const calling = (await client.chat.completions.create({ model, messages, tools })).choices[0]!.message;
    const call = calling.tool_calls![0] as OpenAI.ChatCompletionMessageFunctionToolCall;
    const result = { role: 'tool' as const, tool_call_id: call.id, content: 'sunny' };
    const answer = await client.chat.completions.create({ model, messages: [...messages, calling, result], tools });
    return { input: JSON.parse(call.function.arguments), text: answer.choices[0]?.message.content ?? '' };
  },
  structured: async (target, prompt) => {
    const format = { type: 'json_schema' as const, json_schema: BEE_FORMAT };
    const { choices } = await clientOf(target).chat.completions.create({
      ...chatOf(target, prompt),
      response_format: format,
    });
    return JSON.parse(choices[0]?.message.content ?? '');
  },
  fail: (target, prompt) => clientOf(target).chat.completions.create(chatOf(target, prompt)),
  abort: async (target, prompt) => {
    const stream = await clientOf(target).chat.completions.create({ ...chatOf(target, prompt), stream: true });
    for await (const _ of stream) return; // leaving the loop leaves the call
  },
};

const responseOf = ({ model }: SdkTarget, prompt: string) => ({ model, input: prompt, store: false });

function responseSaid({ output_text: text, usage }: OpenAI.Responses.Response) {
  return { text, inputTokens: usage?.input_tokens, outputTokens: usage?.output_tokens };
}

export const OPENAI_RESPONSES: Sdk = {
  name: 'openai (responses)',
  path: '/responses',
  text: async (target, prompt) => responseSaid(await clientOf(target).responses.create(responseOf(target, prompt))),
  stream: async (target, prompt) => {
    const stream = clientOf(target).responses.stream(responseOf(target, prompt));
    let pieces = 0;
    stream.on('response.output_text.delta', () => pieces++);
    const final = await stream.finalResponse();
    return { ...responseSaid(final), text: final.output_text, pieces };
  },
  tool: async (target, prompt) => {
    const client = clientOf(target);
    const tools = [{ ...TOOL, strict: true }];
    const first = await client.responses.create({ ...responseOf(target, prompt), tools });
    const call = first.output.find((item) => item.type === 'function_call')!;
    const result = { type: 'function_call_output' as const, call_id: call.call_id, output: 'sunny' };
    const input = [{ role: 'user' as const, content: prompt }, call, result];
    const second = await client.responses.create({ ...responseOf(target, prompt), input, tools });
    return { input: JSON.parse(call.arguments), text: second.output_text };
  },
  structured: async (target, prompt) => {
    const text = { format: { type: 'json_schema' as const, ...BEE_FORMAT } };
    const answer = await clientOf(target).responses.create({ ...responseOf(target, prompt), text });
    return JSON.parse(answer.output_text);
  },
  fail: (target, prompt) => clientOf(target).responses.create(responseOf(target, prompt)),
  abort: async (target, prompt) => {
    const stream = await clientOf(target).responses.create({ ...responseOf(target, prompt), stream: true });
    for await (const { type } of stream) if (type === 'response.output_text.delta') return;
  },
};
