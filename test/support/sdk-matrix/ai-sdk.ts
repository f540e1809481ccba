import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, isStepCount, jsonSchema, Output, streamText, tool, type LanguageModel } from 'ai';
import { BEE, WEATHER, type Said, type Sdk, type SdkTarget } from './sdk.js';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false }); // it does not know our models

type ModelOf = (target: SdkTarget) => LanguageModel;

/** The AI SDK over one of its providers. */
function aiSdk(name: string, path: string, modelOf: ModelOf): Sdk {
  const base = (target: SdkTarget, prompt: string) => ({ model: modelOf(target), prompt, maxRetries: 0 });
  return {
    name,
    path,
    text: async (target, prompt) => {
      const { text, usage } = await generateText(base(target, prompt));
      return said(text, usage);
    },
    stream: async (target, prompt) => {
      const result = streamText({ ...base(target, prompt), onError: () => {} });
      let pieces = 0;
      for await (const _ of result.textStream) pieces++;
      return { ...said(await result.text, await result.usage), pieces };
    },
    tool: async (target, prompt) => {
      const inputs: unknown[] = [];
      const tools = { weather: weatherTool(inputs) };
      const { text } = await generateText({ ...base(target, prompt), tools, stopWhen: isStepCount(3) });
      return { input: inputs[0], text };
    },
    structured: async (target, prompt) => {
      const output = Output.object({ schema: jsonSchema(BEE) });
      return (await generateText({ ...base(target, prompt), output })).output;
    },
    fail: (target, prompt) => generateText(base(target, prompt)),
    abort: async (target, prompt) => {
      const controller = new AbortController();
      const result = streamText({ ...base(target, prompt), abortSignal: controller.signal, onError: () => {} });
      for await (const _ of result.textStream) {
        controller.abort();
        return;
      }
    },
  };
}

function weatherTool(inputs: unknown[]) {
  return tool({
    description: 'The weather.',
    inputSchema: jsonSchema<{ place: string }>(WEATHER),
    execute: (input) => {
      inputs.push(input);
      return 'sunny';
    },
  });
}

function said(text: string, usage: { inputTokens: number | undefined; outputTokens: number | undefined }): Said {
  return { text, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens };
}

/** Its providers for each dialect that it speaks. */
export const AI_SDKS: readonly Sdk[] = [
  aiSdk('ai with @ai-sdk/openai-compatible', '/chat/completions', ({ url, apiKey, model }) =>
    createOpenAICompatible({
      name: 'waggle',
      baseURL: `${url}/v1`,
      apiKey,
      includeUsage: true,
      supportsStructuredOutputs: true,
    })(model),
  ),
  aiSdk('ai with @ai-sdk/openai (responses)', '/responses', ({ url, apiKey, model }) =>
    createOpenAI({ baseURL: `${url}/v1`, apiKey }).responses(model),
  ),
  aiSdk('ai with @ai-sdk/anthropic', '/messages', ({ url, apiKey, model }) =>
    createAnthropic({ baseURL: `${url}/v1`, apiKey })(model),
  ),
];
