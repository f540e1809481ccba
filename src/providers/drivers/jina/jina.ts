import { KEY_FORMS } from '../credential-form.js';
import type { Driver } from '../driver.js';
import { openaiDialect, speaks } from '../openai/openai.js';

/** Jina: embeddings in OpenAI's dialect, and reranking in its own, which others have taken over. */
export const jina: Driver = openaiDialect({
  name: 'jina',
  title: 'Jina AI',
  speaks,
  operations: ['embeddings', 'rerank'],
  credentialForms: KEY_FORMS,
  allowsNoCredential: false,
});
