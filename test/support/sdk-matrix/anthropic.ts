import Anthropic from '@anthropic-ai/sdk';
import { BEE, WEATHER, type Sdk, type SdkTarget } from './sdk.js';

const TOOL = { name: 'weather', description: 'The weather.', input_schema: WEATHER };

/** A client of the official SDK. */
export function anthropicOf({ url, apiKey }: SdkTarget): Anthropic {
  return new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });
}

const askOf = ({ model }: SdkTarget, prompt: string) => ({
  model,
  max_tokens: 1000,
  messages: [{ role: 'user' as const, content: prompt }],
});

function textOf({ content }: Anthropic.Message): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

function said(message: Anthropic.Message) {
  const { input_tokens: inputTokens, output_tokens: outputTokens } = message.usage;
  return { text: textOf(message), inputTokens, outputTokens };
}

export const ANTHROPIC: Sdk = {
  name: '@anthropic-ai/sdk',
  path: '/messages',
  text: async (target, prompt) => said(await anthropicOf(target).messages.create(askOf(target, prompt))),
  stream: async (target, prompt) => {
    const stream = anthropicOf(target).messages.stream(askOf(target, prompt));
    let pieces = 0;
    stream.on('text', () => pieces++);
    return { ...said(await stream.finalMessage()), pieces };
  },
  tool: async (target, prompt) => {
    const client = anthropicOf(target);
    const asked = { ...askOf(target, prompt), tools: [TOOL] };
    const calling = await client.messages.create(asked);
    const use = calling.content.find((block) => block.type === 'tool_use')!;
    const result = { type: 'tool_result' as const, tool_use_id: use.id, content: 'sunny' };
    const turns = [
      { role: 'assistant' as const, content: calling.content },
      { role: 'user' as const, content: [result] },
    ];
    const answer = await client.messages.create({ ...asked, messages: [...asked.messages, ...turns] });
    return { input: use.input, text: textOf(answer) };
  },
  structured: async (target, prompt) => {
    const format = { type: 'json_schema' as const, schema: BEE };
    const asked = { ...askOf(target, prompt), output_config: { format } };
    return JSON.parse(textOf(await anthropicOf(target).messages.create(asked)));
  },
  fail: (target, prompt) => anthropicOf(target).messages.create(askOf(target, prompt)),
  abort: async (target, prompt) => {
    const stream = await anthropicOf(target).messages.create({ ...askOf(target, prompt), stream: true });
    for await (const { type } of stream) if (type === 'content_block_delta') return;
  },
};
