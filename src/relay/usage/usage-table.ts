/**
 * What a provider may count. Most are columns of the ledger. `writtenShort` is what was written to the cache for five
 * minutes, where it stands apart from what was written for an hour; `total` is all of a call.
 */
export const COUNTS = [
  'input',
  'cached',
  'written',
  'writtenHour',
  'writtenShort',
  'audioInput',
  'imageInput',
  'output',
  'reasoning',
  'audioOutput',
  'imageOutput',
  'seconds',
  'searches',
  'total',
] as const;
export type Count = (typeof COUNTS)[number];

/** One place where a count stands. */
export interface UsageRow {
  readonly counts: Count;
  /** `a`, `a.b`, or `a[b=c].d`: the sum over those parts of the list `a` whose `b` is `c`. */
  readonly at: string;
  /**
   * Whether the count is inside that of its whole (the input, or the output) or beside it, so that it is added. Some xAI
   * versions have reasoning beside the output without saying so: there the total tells.
   */
  readonly stands?: 'inside' | 'beside' | 'as the total says';
  /** A list of texts stands there, of which each counts that is not empty, and once. */
  readonly lists?: 'texts';
  /** Who says it there, where it isn't everybody of this form. */
  readonly who?: string;
}

/** A way in which providers tell what a call used: the names they have for it. */
export type UsageForm = 'openai' | 'anthropic' | 'gemini' | 'bedrock' | 'cohere';

const REASONING = { counts: 'reasoning', stands: 'as the total says' } as const;

/**
 * Where each form says what. Of rows with the same count the first that says something wins; input that stands beside
 * other input is added to it.
 */
export const USAGE_TABLE: Readonly<Record<UsageForm, readonly UsageRow[]>> = {
  openai: [
    { counts: 'input', at: 'prompt_tokens' },
    { counts: 'input', at: 'input_tokens', who: 'Responses, images, transcription' },
    { counts: 'output', at: 'completion_tokens' },
    { counts: 'output', at: 'output_tokens', who: 'Responses, images, transcription' },
    { counts: 'total', at: 'total_tokens' },
    { counts: 'cached', at: 'prompt_cache_hit_tokens', who: 'DeepSeek' },
    { counts: 'cached', at: 'cached_tokens', who: 'Moonshot' },
    { ...REASONING, at: 'reasoning_tokens', who: 'Perplexity' },
    { counts: 'searches', at: 'num_search_queries', who: 'Perplexity' },
    { counts: 'searches', at: 'num_sources_used', who: 'xAI' },
    { counts: 'seconds', at: 'seconds', who: 'whisper' },
    { counts: 'seconds', at: 'prompt_audio_seconds', who: 'Mistral' },
    { counts: 'cached', at: 'prompt_tokens_details.cached_tokens' },
    { counts: 'written', at: 'prompt_tokens_details.cache_write_tokens', who: 'OpenRouter' },
    { counts: 'written', at: 'prompt_tokens_details.cache_creation_tokens', who: 'LiteLLM' },
    { counts: 'audioInput', at: 'prompt_tokens_details.audio_tokens' },
    { counts: 'imageInput', at: 'prompt_tokens_details.image_tokens', who: 'xAI' },
    { ...REASONING, at: 'completion_tokens_details.reasoning_tokens' },
    { counts: 'audioOutput', at: 'completion_tokens_details.audio_tokens' },
    { counts: 'imageOutput', at: 'completion_tokens_details.image_tokens', who: 'OpenRouter' },
    { counts: 'cached', at: 'input_tokens_details.cached_tokens', who: 'Responses' },
    { counts: 'written', at: 'input_tokens_details.cache_write_tokens', who: 'Responses' },
    { counts: 'audioInput', at: 'input_tokens_details.audio_tokens', who: 'Responses' },
    { counts: 'imageInput', at: 'input_tokens_details.image_tokens', who: 'images' },
    { ...REASONING, at: 'output_tokens_details.reasoning_tokens', who: 'Responses' },
    { counts: 'audioOutput', at: 'output_tokens_details.audio_tokens', who: 'Responses' },
    { counts: 'imageOutput', at: 'output_tokens_details.image_tokens', who: 'images' },
    { counts: 'audioInput', at: 'input_token_details.audio_tokens', who: 'transcription' },
    { counts: 'audioOutput', at: 'output_token_details.audio_tokens', who: 'speech' },
    { counts: 'searches', at: 'server_tool_use.web_search_requests', who: 'LiteLLM' },
  ],
  anthropic: [
    { counts: 'input', at: 'input_tokens' },
    { counts: 'output', at: 'output_tokens' },
    { counts: 'cached', at: 'cache_read_input_tokens', stands: 'beside' },
    { counts: 'written', at: 'cache_creation_input_tokens', stands: 'beside' },
    { counts: 'writtenHour', at: 'cache_creation.ephemeral_1h_input_tokens', stands: 'beside' },
    { counts: 'writtenShort', at: 'cache_creation.ephemeral_5m_input_tokens', stands: 'beside' },
    { counts: 'reasoning', at: 'output_tokens_details.thinking_tokens' },
    { counts: 'searches', at: 'server_tool_use.web_search_requests' },
  ],
  gemini: [
    { counts: 'input', at: 'promptTokenCount' },
    { counts: 'input', at: 'toolUsePromptTokenCount', stands: 'beside' },
    { counts: 'output', at: 'candidatesTokenCount' },
    { counts: 'cached', at: 'cachedContentTokenCount' },
    { counts: 'reasoning', at: 'thoughtsTokenCount', stands: 'beside' },
    { counts: 'audioInput', at: 'promptTokensDetails[modality=AUDIO].tokenCount' },
    { counts: 'imageInput', at: 'promptTokensDetails[modality=IMAGE].tokenCount' },
    { counts: 'audioOutput', at: 'candidatesTokensDetails[modality=AUDIO].tokenCount' },
    { counts: 'imageOutput', at: 'candidatesTokensDetails[modality=IMAGE].tokenCount' },
    { counts: 'searches', at: 'webSearchQueries', lists: 'texts', who: 'groundingMetadata of candidates' },
  ],
  bedrock: [
    { counts: 'input', at: 'inputTokens' },
    { counts: 'output', at: 'outputTokens' },
    { counts: 'cached', at: 'cacheReadInputTokens', stands: 'beside' },
    { counts: 'written', at: 'cacheWriteInputTokens', stands: 'beside' },
    { counts: 'writtenHour', at: 'cacheDetails[ttl=1h].inputTokens', stands: 'beside' },
  ],
  cohere: [
    { counts: 'input', at: 'billed_units.input_tokens' },
    { counts: 'output', at: 'billed_units.output_tokens' },
    { counts: 'searches', at: 'billed_units.search_units' },
  ],
};

/**
 * Models of Google's for which a prompt that led to searches is billed once, however many they were; later ones are billed
 * for each search (https://ai.google.dev/gemini-api/docs/pricing).
 */
export const BILLED_BY_PROMPT = /(^|\/)gemini-[12]\./;
