import type { LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import { readAnthropicUsage } from './anthropic-usage.js';
import { readUsage } from './openai-usage.js';
import { readRerankMeta } from './rerank-usage.js';

/** What each kind of provider says of a call, and what the ledger makes of it: one row for each in docs/dialects.md and more. */
const FIXTURES: readonly (readonly [
  who: string,
  read: (usage: unknown) => LedgerUsage | undefined,
  usage: object,
  expected: Partial<LedgerUsage>,
])[] = [
  [
    'OpenAI, chat: the cache inside the prompt, reasoning inside the completion',
    readUsage,
    {
      prompt_tokens: 1200,
      completion_tokens: 300,
      total_tokens: 1500,
      prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 256, audio_tokens: 0 },
    },
    { input_tokens: 1200, cached_input_tokens: 1024, output_tokens: 300, reasoning_tokens: 256 },
  ],
  [
    'OpenAI, sound in and out',
    readUsage,
    {
      prompt_tokens: 90,
      completion_tokens: 60,
      prompt_tokens_details: { audio_tokens: 70 },
      completion_tokens_details: { audio_tokens: 45 },
    },
    { input_tokens: 90, audio_input_tokens: 70, output_tokens: 60, audio_output_tokens: 45 },
  ],
  [
    'OpenAI, responses',
    readUsage,
    {
      input_tokens: 80,
      input_tokens_details: { cached_tokens: 64 },
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 8 },
      total_tokens: 100,
    },
    { input_tokens: 80, cached_input_tokens: 64, output_tokens: 20, reasoning_tokens: 8 },
  ],
  ['OpenAI, embeddings', readUsage, { prompt_tokens: 12, total_tokens: 12 }, { input_tokens: 12 }],
  ['OpenAI, whisper', readUsage, { type: 'duration', seconds: 9 }, { audio_ms: 9000 }],
  [
    'OpenRouter, with writes to the cache',
    readUsage,
    { prompt_tokens: 50, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 30 } },
    { input_tokens: 50, cached_input_tokens: 10, cache_write_tokens: 30, output_tokens: 5 },
  ],
  [
    'DeepSeek: hits and misses',
    readUsage,
    { prompt_tokens: 40, completion_tokens: 9, prompt_cache_hit_tokens: 32, prompt_cache_miss_tokens: 8 },
    { input_tokens: 40, cached_input_tokens: 32, output_tokens: 9 },
  ],
  [
    'xAI: reasoning beside the completion',
    readUsage,
    { prompt_tokens: 30, completion_tokens: 10, total_tokens: 90, completion_tokens_details: { reasoning_tokens: 50 } },
    { input_tokens: 30, output_tokens: 60, reasoning_tokens: 50 },
  ],
  [
    'Anthropic: the cache beside the input, written for five minutes and an hour',
    readAnthropicUsage,
    {
      input_tokens: 21,
      cache_read_input_tokens: 1000,
      cache_creation_input_tokens: 300,
      cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 100 },
      output_tokens: 393,
      output_tokens_details: { thinking_tokens: 120 },
      server_tool_use: { web_search_requests: 1 },
    },
    {
      input_tokens: 1321,
      cached_input_tokens: 1000,
      cache_write_tokens: 300,
      cache_write_1h_tokens: 100,
      output_tokens: 393,
      reasoning_tokens: 120,
    },
  ],
  ['Jina, reranking', readUsage, { total_tokens: 815 }, { input_tokens: 815 }],
  ['Cohere, reranking', readRerankMeta, { billed_units: { search_units: 1 } }, {}],
];

describe('the usage that providers report', () => {
  it.each(FIXTURES)('is read as the ledger has it: %s', (_, read, usage, expected) => {
    expect(read(usage)).toEqual({ ...NO_USAGE, usage_source: 'provider', ...expected });
  });
});
