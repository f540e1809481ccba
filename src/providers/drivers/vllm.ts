import type { Driver } from './driver.js';
import { API_KEY, openaiDialect, speaksLikeOthers } from './openai.js';

/** vLLM's server: OpenAI's dialect, and more operations than OpenAI has; what it serves depends on the model it runs. */
export const vllm: Driver = openaiDialect({
  name: 'vllm',
  title: 'vLLM',
  speaks: speaksLikeOthers,
  operations: ['chat', 'completion', 'embeddings', 'responses', 'transcription', 'translation', 'rerank'],
  credentialForm: [{ ...API_KEY, isRequired: false }],
  allowsNoCredential: true,
});
