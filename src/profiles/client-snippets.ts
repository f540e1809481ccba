import type { Operation } from '../snapshot/snapshot.js';
import { claudeCode, codex, continueDev, opencode, openWebui } from './agent-snippets.js';
import { hostOf, TOKEN_VARIABLE, type ClientFacts, type ClientSnippet } from './client-snippet.js';

/** Configurations of common clients, to be pasted. */
export function clientSnippets(facts: ClientFacts): ClientSnippet[] {
  const { operation } = facts;
  const always = [curl(facts), env(facts)];
  if (operation === 'embeddings') return [...always, openaiPython(facts), openaiTypescript(facts)];
  if (operation === 'responses') return [...always, codex(facts)];
  if (operation !== 'chat') return always;
  const sdks = [openaiPython, openaiTypescript, anthropicPython, anthropicTypescript];
  const frameworks = [langchainPython, langchain, vercel];
  const programs = [claudeCode, codex, opencode, continueDev, openWebui];
  return [...always, ...[...sdks, ...frameworks, ...programs].map((snippet) => snippet(facts))];
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

function anthropicPython({ baseUrl, model }: ClientFacts): ClientSnippet {
  const text = `import os
from anthropic import Anthropic

client = Anthropic(base_url="${hostOf(baseUrl)}", api_key=os.environ["${TOKEN_VARIABLE}"])
messages = [{"role": "user", "content": "Hello"}]
print(client.messages.create(model="${model}", max_tokens=1000, messages=messages))`;
  return { client: 'anthropic-python', title: 'Anthropic SDK (Python)', language: 'python', text };
}

function anthropicTypescript({ baseUrl, model }: ClientFacts): ClientSnippet {
  const text = `import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({ baseURL: '${hostOf(baseUrl)}', apiKey: process.env.${TOKEN_VARIABLE} });
const messages = [{ role: 'user', content: 'Hello' }];
console.log(await client.messages.create({ model: '${model}', max_tokens: 1000, messages }));`;
  return { client: 'anthropic-typescript', title: 'Anthropic SDK (TypeScript)', language: 'typescript', text };
}

function langchainPython({ baseUrl, model }: ClientFacts): ClientSnippet {
  const text = `import os
from langchain_openai import ChatOpenAI

chat = ChatOpenAI(model="${model}", base_url="${baseUrl}", api_key=os.environ["${TOKEN_VARIABLE}"])
print(chat.invoke("Hello"))`;
  return { client: 'langchain-python', title: 'LangChain (Python)', language: 'python', text };
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
