import type { ModelEntry } from '../../../snapshot/snapshot.js';

/** What differs between models that are spoken to in chat completions. */
export interface ChatFamily {
  readonly maxTokens: 'max_tokens' | 'max_completion_tokens';
  /** Whether `temperature` and `top_p` may be set. */
  readonly takesSampling: boolean;
  /** Servers of one's own mostly take it; OpenAI never does. */
  readonly takesTopK: boolean;
  /** The efforts that it knows, weakest first; none when it does not reason. */
  readonly efforts: readonly string[];
}

const EFFORTS = ['minimal', 'low', 'medium', 'high'] as const;

/** By upstream name, with or without a vendor before it; the first that fits counts. */
const FAMILIES: readonly (readonly [pattern: RegExp, family: ChatFamily])[] = [
  [/^o\d/, { maxTokens: 'max_completion_tokens', takesSampling: false, takesTopK: false, efforts: EFFORTS.slice(1) }],
  [
    /^gpt-5(?!-chat)/,
    { maxTokens: 'max_completion_tokens', takesSampling: false, takesTopK: false, efforts: [...EFFORTS, 'xhigh'] },
  ],
  [
    /^(gpt-|chatgpt-)(?!oss)/,
    { maxTokens: 'max_completion_tokens', takesSampling: true, takesTopK: false, efforts: [] },
  ],
  [
    /^(gpt-oss|grok-\d|qwen3|deepseek-)/,
    { maxTokens: 'max_tokens', takesSampling: true, takesTopK: true, efforts: EFFORTS.slice(1) },
  ],
];

const OTHER: ChatFamily = { maxTokens: 'max_tokens', takesSampling: true, takesTopK: true, efforts: [] };
const OTHER_REASONING: ChatFamily = { ...OTHER, efforts: EFFORTS.slice(1) };

/** The family of a model; one that the operator has marked as reasoning takes efforts. */
export function familyOf({ upstreamId, capabilities }: Pick<ModelEntry, 'upstreamId' | 'capabilities'>): ChatFamily {
  const name = upstreamId.toLowerCase().split('/').at(-1) ?? '';
  const known = FAMILIES.find(([pattern]) => pattern.test(name))?.[1];
  return known ?? (capabilities.has('reasoning') ? OTHER_REASONING : OTHER);
}
