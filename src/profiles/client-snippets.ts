import type { Operation } from '../snapshot/snapshot.js';

/** How one client is set up for a profile. */
export interface ClientSnippet {
  readonly client: string;
  readonly title: string;
  /** What the text is written in. */
  readonly language: 'shell' | 'python' | 'typescript' | 'json';
  readonly text: string;
}

/** What a client needs to know. */
export interface ClientFacts {
  /** With `/v1`. */
  readonly baseUrl: string;
  /** The profile's name. */
  readonly model: string;
  readonly operation: Operation;
}

/** The variable that holds the token in all snippets; the token itself is in none. */
export const TOKEN_VARIABLE = 'WAGGLE_TOKEN';

/** Configurations of common clients, to be pasted. */
export function clientSnippets(facts: ClientFacts): ClientSnippet[] {
  const { operation } = facts;
  const always = [curl(facts), env(facts)];
  if (operation === 'embeddings') return [...always, openaiPython(facts), openaiTypescript(facts)];
  if (operation !== 'chat') return always;
  const sdks = [openaiPython, openaiTypescript, anthropicTypescript, langchain, vercel, claudeCode, opencode];
  return [...always, ...sdks.map((snippet) => snippet(facts))];
}

function curl({ baseUrl, model, operation }: ClientFacts): ClientSnippet {
  const [path, body] = callOf(operation, model);
  const text = [
    `curl ${baseUrl}${path}`,
    `  -H "Authorization: Bearer $${TOKEN_VARIABLE}"`,
    ...(typeof body === 'string'
      ? [`  ${body}`]
      : [`  -H 'Content-Type: application/json'`, `  -d '${JSON.stringify(body)}'`]),
  ].join(' \\\n');
  return { client: 'curl', title: 'curl', language: 'shell', text };
}

/** The path of an operation below the base URL, and the smallest sensible body: JSON, or the arguments of curl. */
function callOf(operation: Operation, model: string): [path: string, body: object | string] {
  const file = `-F model=${model} -F file=@audio.mp3`;
  const calls: Record<Operation, [string, object | string]> = {
    chat: ['/chat/completions', { model, messages: [{ role: 'user', content: 'Hello' }] }],
    completion: ['/completions', { model, prompt: 'Hello' }],
    embeddings: ['/embeddings', { model, input: 'Hello' }],
    responses: ['/responses', { model, input: 'Hello' }],
    transcription: ['/audio/transcriptions', file],
    translation: ['/audio/translations', file],
    speech: ['/audio/speech', { model, input: 'Hello', voice: 'alloy' }],
    image: ['/images/generations', { model, prompt: 'A bee' }],
    moderation: ['/moderations', { model, input: 'Hello' }],
    rerank: ['/rerank', { model, query: 'bee', documents: ['A bee', 'A wasp'] }],
  };
  return calls[operation];
}

function env({ baseUrl, model }: ClientFacts): ClientSnippet {
  const text = [
    `export OPENAI_BASE_URL=${baseUrl}`,
    `export OPENAI_API_KEY=$${TOKEN_VARIABLE}`,
    `export OPENAI_MODEL=${model}`,
  ].join('\n');
  return { client: 'env', title: 'Environment of OpenAI clients', language: 'shell', text };
}

function openaiPython({ baseUrl, model, operation }: ClientFacts): ClientSnippet {
  const call =
    operation === 'embeddings'
      ? `client.embeddings.create(model="${model}", input="Hello")`
      : `client.chat.completions.create(model="${model}", messages=[{"role": "user", "content": "Hello"}])`;
  const text = `import os
from openai import OpenAI

client = OpenAI(base_url="${baseUrl}", api_key=os.environ["${TOKEN_VARIABLE}"])
print(${call})`;
  return { client: 'openai-python', title: 'OpenAI SDK (Python)', language: 'python', text };
}

function openaiTypescript({ baseUrl, model, operation }: ClientFacts): ClientSnippet {
  const call =
    operation === 'embeddings'
      ? `client.embeddings.create({ model: '${model}', input: 'Hello' })`
      : `client.chat.completions.create({ model: '${model}', messages: [{ role: 'user', content: 'Hello' }] })`;
  const text = `import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${baseUrl}', apiKey: process.env.${TOKEN_VARIABLE} });
console.log(await ${call});`;
  return { client: 'openai-typescript', title: 'OpenAI SDK (TypeScript)', language: 'typescript', text };
}

/** The host alone: clients of Anthropic add `/v1` themselves. */
function hostOf(baseUrl: string): string {
  return baseUrl.replace(/\/v1$/, '');
}

function anthropicTypescript({ baseUrl, model }: ClientFacts): ClientSnippet {
  const text = `import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({ baseURL: '${hostOf(baseUrl)}', apiKey: process.env.${TOKEN_VARIABLE} });
const messages = [{ role: 'user', content: 'Hello' }];
console.log(await client.messages.create({ model: '${model}', max_tokens: 1000, messages }));`;
  return { client: 'anthropic-typescript', title: 'Anthropic SDK (TypeScript)', language: 'typescript', text };
}

function claudeCode({ baseUrl, model }: ClientFacts): ClientSnippet {
  const text = [
    `export ANTHROPIC_BASE_URL=${hostOf(baseUrl)}`,
    `export ANTHROPIC_AUTH_TOKEN=$${TOKEN_VARIABLE}`,
    `export ANTHROPIC_MODEL=${model}`,
    'claude',
  ].join('\n');
  return { client: 'claude-code', title: 'Claude Code', language: 'shell', text };
}

function langchain({ baseUrl, model }: ClientFacts): ClientSnippet {
  const text = `import { ChatOpenAI } from '@langchain/openai';

const chat = new ChatOpenAI({
  model: '${model}',
  apiKey: process.env.${TOKEN_VARIABLE},
  configuration: { baseURL: '${baseUrl}' },
});
console.log(await chat.invoke('Hello'));`;
  return { client: 'langchain', title: 'LangChain (TypeScript)', language: 'typescript', text };
}

function vercel({ baseUrl, model }: ClientFacts): ClientSnippet {
  const text = `import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText } from 'ai';

const waggle = createOpenAICompatible({
  name: 'waggle',
  baseURL: '${baseUrl}',
  apiKey: process.env.${TOKEN_VARIABLE},
  includeUsage: true,
});
console.log((await generateText({ model: waggle('${model}'), prompt: 'Hello' })).text);`;
  return { client: 'vercel-ai-sdk', title: 'Vercel AI SDK', language: 'typescript', text };
}

function opencode({ baseUrl, model }: ClientFacts): ClientSnippet {
  const options = { baseURL: baseUrl, apiKey: `{env:${TOKEN_VARIABLE}}` };
  const provider = { npm: '@ai-sdk/openai-compatible', name: 'Waggle', options, models: { [model]: { name: model } } };
  const config = {
    $schema: 'https://opencode.ai/config.json',
    provider: { waggle: provider },
    model: `waggle/${model}`,
  };
  return { client: 'opencode', title: 'opencode.json', language: 'json', text: JSON.stringify(config, null, 2) };
}
