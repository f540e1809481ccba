import { hostOf, TOKEN_VARIABLE, type ClientFacts, type ClientSnippet } from './client-snippet.js';

/** `npm run clients` sets the agents up by these very texts and runs them. */
export function claudeCode({ baseUrl, model }: ClientFacts): ClientSnippet {
  const text = [
    `export ANTHROPIC_BASE_URL=${hostOf(baseUrl)}`,
    `export ANTHROPIC_AUTH_TOKEN=$${TOKEN_VARIABLE}`,
    `export ANTHROPIC_MODEL=${model}`,
    'claude',
  ].join('\n');
  return { client: 'claude-code', title: 'Claude Code', language: 'shell', text };
}

/** It speaks Responses alone, and finds the token in the variable that it is told. */
export function codex({ baseUrl, model }: ClientFacts): ClientSnippet {
  const text = `model = "${model}"
model_provider = "waggle"

[model_providers.waggle]
name = "Waggle"
base_url = "${baseUrl}"
env_key = "${TOKEN_VARIABLE}"
wire_api = "responses"`;
  return { client: 'codex', title: 'Codex', language: 'toml', file: '.codex/config.toml', text };
}

export function opencode({ baseUrl, model }: ClientFacts): ClientSnippet {
  const options = { baseURL: baseUrl, apiKey: `{env:${TOKEN_VARIABLE}}` };
  const provider = { npm: '@ai-sdk/openai-compatible', name: 'Waggle', options, models: { [model]: { name: model } } };
  const config = {
    $schema: 'https://opencode.ai/config.json',
    provider: { waggle: provider },
    model: `waggle/${model}`,
  };
  const text = JSON.stringify(config, null, 2);
  return { client: 'opencode', title: 'opencode', language: 'json', file: '.config/opencode/opencode.json', text };
}

/** For the editor's extension and for `cn`. */
export function continueDev({ baseUrl, model }: ClientFacts): ClientSnippet {
  const text = `name: Waggle
version: 1.0.0
schema: v1
models:
  - name: ${model}
    provider: openai
    model: ${model}
    apiBase: ${baseUrl}
    apiKey: \${{ secrets.${TOKEN_VARIABLE} }}`;
  return { client: 'continue', title: 'Continue', language: 'yaml', file: '.continue/config.yaml', text };
}

export function openWebui({ baseUrl }: ClientFacts): ClientSnippet {
  const text = [
    `export OPENAI_API_BASE_URL=${baseUrl}`,
    `export OPENAI_API_KEY=$${TOKEN_VARIABLE}`,
    'open-webui serve',
  ].join('\n');
  return { client: 'open-webui', title: 'Open WebUI', language: 'shell', text };
}
