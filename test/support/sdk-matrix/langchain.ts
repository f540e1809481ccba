import { HumanMessage, ToolMessage, type AIMessageChunk } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { BEE, WEATHER, type Said, type Sdk, type SdkTarget } from './sdk.js';

const TOOL = {
  type: 'function' as const,
  function: { name: 'weather', description: 'The weather.', parameters: WEATHER },
};

function modelOf({ url, apiKey, model }: SdkTarget): ChatOpenAI {
  return new ChatOpenAI({ model, apiKey, maxRetries: 0, configuration: { baseURL: `${url}/v1` } });
}

function said(message: AIMessageChunk): Said {
  const { input_tokens: inputTokens, output_tokens: outputTokens } = message.usage_metadata ?? {};
  return { text: message.text, inputTokens, outputTokens };
}

export const LANGCHAIN: Sdk = {
  name: '@langchain/openai',
  path: '/chat/completions',
  text: async (target, prompt) => said(await modelOf(target).invoke(prompt)),
  stream: async (target, prompt) => {
    let pieces = 0;
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await modelOf(target).stream(prompt)) {
      if (chunk.text !== '') pieces++;
      whole = whole ? whole.concat(chunk) : chunk;
    }
    return { ...said(whole!), pieces };
  },
  tool: async (target, prompt) => {
    const model = modelOf(target).bindTools([TOOL]);
    const question = new HumanMessage(prompt);
    const calling = await model.invoke([question]);
    const [call] = calling.tool_calls ?? [];
    const result = new ToolMessage({ content: 'sunny', tool_call_id: call?.id ?? '' });
    const answer = await model.invoke([question, calling, result]);
    return { input: call?.args, text: answer.text };
  },
  structured: (target, prompt) =>
    modelOf(target)
      .withStructuredOutput({ title: 'bee', ...BEE }, { name: 'bee', method: 'jsonSchema', strict: true })
      .invoke(prompt),
  fail: (target, prompt) => modelOf(target).invoke(prompt),
  abort: async (target, prompt) => {
    const controller = new AbortController();
    for await (const _ of await modelOf(target).stream(prompt, { signal: controller.signal })) {
      controller.abort();
      return;
    }
  },
};
