import type { LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import { readUsageOf, usageReader } from './usage-reader.js';
import { USAGE_TABLE, type UsageForm, type UsageRow } from './usage-table.js';

interface Fixture {
  readonly says: object;
  readonly means: Partial<LedgerUsage>;
}

/** For each row of the table what a provider says that needs it, and what the ledger makes of that. */
const FIXTURES: Readonly<Record<UsageForm, Readonly<Record<string, Fixture>>>> = {
  openai: {
    prompt_tokens: { says: { prompt_tokens: 5, completion_tokens: 0 }, means: { input_tokens: 5 } },
    input_tokens: { says: { input_tokens: 12, output_tokens: 0 }, means: { input_tokens: 12 } },
    completion_tokens: { says: { prompt_tokens: 0, completion_tokens: 7 }, means: { output_tokens: 7 } },
    output_tokens: { says: { input_tokens: 0, output_tokens: 9 }, means: { output_tokens: 9 } },
    total_tokens: { says: { total_tokens: 815 }, means: { input_tokens: 815 } },
    prompt_cache_hit_tokens: {
      says: { prompt_tokens: 40, completion_tokens: 9, prompt_cache_hit_tokens: 32, prompt_cache_miss_tokens: 8 },
      means: { input_tokens: 40, cached_input_tokens: 32, output_tokens: 9 },
    },
    cached_tokens: {
      says: { prompt_tokens: 19, completion_tokens: 21, total_tokens: 40, cached_tokens: 10 },
      means: { input_tokens: 19, cached_input_tokens: 10, output_tokens: 21 },
    },
    reasoning_tokens: {
      says: { prompt_tokens: 33, completion_tokens: 7163, total_tokens: 81_140, reasoning_tokens: 73_944 },
      means: { input_tokens: 33, output_tokens: 81_107, reasoning_tokens: 73_944 },
    },
    num_search_queries: {
      says: { prompt_tokens: 33, completion_tokens: 71, total_tokens: 104, num_search_queries: 18 },
      means: { input_tokens: 33, output_tokens: 71, searches: 18 },
    },
    num_sources_used: {
      says: { prompt_tokens: 30, completion_tokens: 10, total_tokens: 40, num_sources_used: 4 },
      means: { input_tokens: 30, output_tokens: 10, searches: 4 },
    },
    seconds: { says: { type: 'duration', seconds: 3.25 }, means: { audio_ms: 3250 } },
    prompt_audio_seconds: {
      says: { prompt_audio_seconds: 203, prompt_tokens: 4, completion_tokens: 635, total_tokens: 3264 },
      means: { input_tokens: 4, output_tokens: 635, audio_ms: 203_000 },
    },
    'prompt_tokens_details.cached_tokens': {
      says: {
        prompt_tokens: 1200,
        completion_tokens: 300,
        total_tokens: 1500,
        prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 0 },
      },
      means: { input_tokens: 1200, cached_input_tokens: 1024, output_tokens: 300 },
    },
    'prompt_tokens_details.cache_write_tokens': {
      says: {
        prompt_tokens: 50,
        completion_tokens: 5,
        prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 30 },
      },
      means: { input_tokens: 50, cached_input_tokens: 10, cache_write_tokens: 30, output_tokens: 5 },
    },
    'prompt_tokens_details.cache_creation_tokens': {
      says: { prompt_tokens: 50, completion_tokens: 5, prompt_tokens_details: { cache_creation_tokens: 30 } },
      means: { input_tokens: 50, cache_write_tokens: 30, output_tokens: 5 },
    },
    'prompt_tokens_details.audio_tokens': {
      says: { prompt_tokens: 90, completion_tokens: 60, prompt_tokens_details: { audio_tokens: 70 } },
      means: { input_tokens: 90, audio_input_tokens: 70, output_tokens: 60 },
    },
    'prompt_tokens_details.image_tokens': {
      says: {
        prompt_tokens: 300,
        completion_tokens: 6,
        prompt_tokens_details: { text_tokens: 44, audio_tokens: 0, image_tokens: 256, cached_tokens: 0 },
      },
      means: { input_tokens: 300, image_input_tokens: 256, output_tokens: 6 },
    },
    'completion_tokens_details.reasoning_tokens': {
      says: { prompt_tokens: 5, completion_tokens: 300, completion_tokens_details: { reasoning_tokens: 256 } },
      means: { input_tokens: 5, output_tokens: 300, reasoning_tokens: 256 },
    },
    'completion_tokens_details.audio_tokens': {
      says: { prompt_tokens: 90, completion_tokens: 60, completion_tokens_details: { audio_tokens: 45 } },
      means: { input_tokens: 90, output_tokens: 60, audio_output_tokens: 45 },
    },
    'completion_tokens_details.image_tokens': {
      says: { prompt_tokens: 9, completion_tokens: 1310, completion_tokens_details: { image_tokens: 1290 } },
      means: { input_tokens: 9, output_tokens: 1310, image_output_tokens: 1290 },
    },
    'input_tokens_details.cached_tokens': {
      says: { input_tokens: 80, input_tokens_details: { cached_tokens: 64 }, output_tokens: 20, total_tokens: 100 },
      means: { input_tokens: 80, cached_input_tokens: 64, output_tokens: 20 },
    },
    'input_tokens_details.cache_write_tokens': {
      says: { input_tokens: 80, input_tokens_details: { cache_write_tokens: 60 }, output_tokens: 20 },
      means: { input_tokens: 80, cache_write_tokens: 60, output_tokens: 20 },
    },
    'input_tokens_details.audio_tokens': {
      says: { input_tokens: 80, input_tokens_details: { audio_tokens: 60 }, output_tokens: 20 },
      means: { input_tokens: 80, audio_input_tokens: 60, output_tokens: 20 },
    },
    'input_tokens_details.image_tokens': {
      says: { input_tokens: 50, input_tokens_details: { text_tokens: 10, image_tokens: 40 }, output_tokens: 4160 },
      means: { input_tokens: 50, image_input_tokens: 40, output_tokens: 4160 },
    },
    'output_tokens_details.reasoning_tokens': {
      says: { input_tokens: 80, output_tokens: 20, output_tokens_details: { reasoning_tokens: 8 }, total_tokens: 100 },
      means: { input_tokens: 80, output_tokens: 20, reasoning_tokens: 8 },
    },
    'output_tokens_details.audio_tokens': {
      says: { input_tokens: 80, output_tokens: 20, output_tokens_details: { audio_tokens: 8 } },
      means: { input_tokens: 80, output_tokens: 20, audio_output_tokens: 8 },
    },
    'output_tokens_details.image_tokens': {
      says: { input_tokens: 50, output_tokens: 4180, output_tokens_details: { text_tokens: 20, image_tokens: 4160 } },
      means: { input_tokens: 50, output_tokens: 4180, image_output_tokens: 4160 },
    },
    'input_token_details.audio_tokens': {
      says: { type: 'tokens', input_tokens: 14, input_token_details: { text_tokens: 4, audio_tokens: 10 } },
      means: { input_tokens: 14, audio_input_tokens: 10 },
    },
    'output_token_details.audio_tokens': {
      says: { input_tokens: 14, output_tokens: 101, output_token_details: { audio_tokens: 101 } },
      means: { input_tokens: 14, output_tokens: 101, audio_output_tokens: 101 },
    },
    'server_tool_use.web_search_requests': {
      says: { prompt_tokens: 9, completion_tokens: 5, server_tool_use: { web_search_requests: 2 } },
      means: { input_tokens: 9, output_tokens: 5, searches: 2 },
    },
  },
  anthropic: {
    input_tokens: { says: { input_tokens: 9, output_tokens: 0 }, means: { input_tokens: 9 } },
    output_tokens: { says: { input_tokens: 9, output_tokens: 5 }, means: { input_tokens: 9, output_tokens: 5 } },
    cache_read_input_tokens: {
      says: { input_tokens: 21, cache_read_input_tokens: 1000, output_tokens: 393 },
      means: { input_tokens: 1021, cached_input_tokens: 1000, output_tokens: 393 },
    },
    cache_creation_input_tokens: {
      says: { input_tokens: 9, cache_read_input_tokens: null, cache_creation_input_tokens: 4, output_tokens: 5 },
      means: { input_tokens: 13, cache_write_tokens: 4, output_tokens: 5 },
    },
    'cache_creation.ephemeral_1h_input_tokens': {
      says: {
        input_tokens: 21,
        cache_creation_input_tokens: 300,
        cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 100 },
        output_tokens: 3,
      },
      means: { input_tokens: 321, cache_write_tokens: 300, cache_write_1h_tokens: 100, output_tokens: 3 },
    },
    'cache_creation.ephemeral_5m_input_tokens': {
      says: { input_tokens: 21, cache_creation: { ephemeral_5m_input_tokens: 200 }, output_tokens: 3 },
      means: { input_tokens: 221, cache_write_tokens: 200, output_tokens: 3 },
    },
    'output_tokens_details.thinking_tokens': {
      says: { input_tokens: 3, output_tokens: 10, output_tokens_details: { thinking_tokens: 6 } },
      means: { input_tokens: 3, output_tokens: 10, reasoning_tokens: 6 },
    },
    'server_tool_use.web_search_requests': {
      says: { input_tokens: 3, output_tokens: 10, server_tool_use: { web_search_requests: 1 } },
      means: { input_tokens: 3, output_tokens: 10, searches: 1 },
    },
  },
  gemini: {
    promptTokenCount: { says: { promptTokenCount: 4, totalTokenCount: 4 }, means: { input_tokens: 4 } },
    toolUsePromptTokenCount: {
      says: { promptTokenCount: 9, toolUsePromptTokenCount: 30, candidatesTokenCount: 5 },
      means: { input_tokens: 39, output_tokens: 5 },
    },
    candidatesTokenCount: {
      says: { promptTokenCount: 9, candidatesTokenCount: 5, totalTokenCount: 14 },
      means: { input_tokens: 9, output_tokens: 5 },
    },
    cachedContentTokenCount: {
      says: { promptTokenCount: 29, cachedContentTokenCount: 20, candidatesTokenCount: 5 },
      means: { input_tokens: 29, cached_input_tokens: 20, output_tokens: 5 },
    },
    thoughtsTokenCount: {
      says: { promptTokenCount: 9, candidatesTokenCount: 5, thoughtsTokenCount: 7, totalTokenCount: 21 },
      means: { input_tokens: 9, output_tokens: 12, reasoning_tokens: 7 },
    },
    'promptTokensDetails[modality=AUDIO].tokenCount': {
      says: {
        promptTokenCount: 40,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 8 },
          { modality: 'AUDIO', tokenCount: 32 },
        ],
        candidatesTokenCount: 5,
      },
      means: { input_tokens: 40, audio_input_tokens: 32, output_tokens: 5 },
    },
    'promptTokensDetails[modality=IMAGE].tokenCount': {
      says: { promptTokenCount: 266, promptTokensDetails: [{ modality: 'IMAGE', tokenCount: 258 }] },
      means: { input_tokens: 266, image_input_tokens: 258 },
    },
    'candidatesTokensDetails[modality=AUDIO].tokenCount': {
      says: {
        promptTokenCount: 4,
        candidatesTokenCount: 50,
        candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 50 }],
      },
      means: { input_tokens: 4, output_tokens: 50, audio_output_tokens: 50 },
    },
    'candidatesTokensDetails[modality=IMAGE].tokenCount': {
      says: {
        promptTokenCount: 4,
        candidatesTokenCount: 1300,
        candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1290 }],
      },
      means: { input_tokens: 4, output_tokens: 1300, image_output_tokens: 1290 },
    },
    webSearchQueries: {
      says: { promptTokenCount: 4, candidatesTokenCount: 30, webSearchQueries: ['bees', '', 'waggle dance', 'bees'] },
      means: { input_tokens: 4, output_tokens: 30, searches: 2 },
    },
  },
  bedrock: {
    inputTokens: { says: { inputTokens: 9, outputTokens: 0 }, means: { input_tokens: 9 } },
    outputTokens: {
      says: { inputTokens: 9, outputTokens: 5, totalTokens: 14 },
      means: { input_tokens: 9, output_tokens: 5 },
    },
    cacheReadInputTokens: {
      says: { inputTokens: 9, cacheReadInputTokens: 20, outputTokens: 5, totalTokens: 34 },
      means: { input_tokens: 29, cached_input_tokens: 20, output_tokens: 5 },
    },
    cacheWriteInputTokens: {
      says: { inputTokens: 9, cacheWriteInputTokens: 4, outputTokens: 5, totalTokens: 18 },
      means: { input_tokens: 13, cache_write_tokens: 4, output_tokens: 5 },
    },
    'cacheDetails[ttl=1h].inputTokens': {
      says: {
        inputTokens: 1,
        cacheWriteInputTokens: 7,
        outputTokens: 2,
        cacheDetails: [
          { ttl: '1h', inputTokens: 3 },
          { ttl: '5m', inputTokens: 4 },
        ],
      },
      means: { input_tokens: 8, cache_write_tokens: 7, cache_write_1h_tokens: 3, output_tokens: 2 },
    },
  },
  cohere: {
    'billed_units.input_tokens': { says: { billed_units: { input_tokens: 40 } }, means: { input_tokens: 40 } },
    'billed_units.output_tokens': { says: { billed_units: { output_tokens: 2 } }, means: { output_tokens: 2 } },
    'billed_units.search_units': { says: { billed_units: { search_units: 3 } }, means: { searches: 3 } },
  },
};

const FORMS = Object.keys(USAGE_TABLE) as UsageForm[];
const ROWS = FORMS.flatMap((form) =>
  USAGE_TABLE[form].map((row): [string, UsageForm, UsageRow] => [`${form}: ${row.at}`, form, row]),
);
const inLedger = (means: Partial<LedgerUsage>): LedgerUsage => ({ ...NO_USAGE, usage_source: 'provider', ...means });

describe('the table of usage', () => {
  it.each(ROWS)('has a fixture that needs its row %s', (_, form, row) => {
    const fixture = FIXTURES[form][row.at];
    if (!fixture) throw new Error(`No fixture for ${row.at}`);
    expect(readUsageOf[form](fixture.says)).toEqual(inLedger(fixture.means));
    const readWithoutIt = usageReader(USAGE_TABLE[form].filter((other) => other !== row));
    expect(readWithoutIt(fixture.says)).not.toEqual(inLedger(fixture.means));
  });

  it('has no fixture without a row', () => {
    const fixed = FORMS.flatMap((form) => Object.keys(FIXTURES[form]).map((at) => `${form}: ${at}`));
    expect(fixed.toSorted()).toEqual(ROWS.map(([name]) => name).toSorted());
  });
});
