import { OPTIONAL_KEY_FORMS } from '../credential-form.js';
import type { Driver } from '../driver.js';
import { readVllmMetrics } from './vllm-metrics.js';
import { openaiDialect, speaksLikeOthers } from '../openai/openai.js';

/** vLLM's server: OpenAI's dialect, and more operations than OpenAI has; what it serves depends on the model it runs. */
export const vllm: Driver = {
  ...openaiDialect({
    name: 'vllm',
    title: 'vLLM',
    speaks: speaksLikeOthers,
    operations: ['chat', 'completion', 'embeddings', 'responses', 'transcription', 'translation', 'rerank'],
    credentialForms: OPTIONAL_KEY_FORMS,
    allowsNoCredential: true,
  }),
  takesEndpoints: true,
  metricsPath: (basePath) => `${basePath.replace(/\/v1$/, '')}/metrics`,
  readMetrics: readVllmMetrics,
};
