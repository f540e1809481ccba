import type { Operation } from '../../../snapshot/snapshot.js';
import { KEY_FORMS } from '../credential-form.js';
import type { Driver } from '../driver.js';
import { openaiDialect, PATHS, speaksLikeOthers } from '../openai/openai.js';
import { readCohereModels } from './cohere-models.js';

/** Cohere's own API has `/v2`; what it offers in OpenAI's dialect is beside it (https://docs.cohere.com/docs/compatibility-api). */
const COMPATIBLE = '/compatibility/v1';

const OPERATIONS: readonly Operation[] = ['chat', 'embeddings', 'rerank'];

/** Cohere: reranking in its own API, chats and embeddings in OpenAI's dialect. Its base URL is that of the host. */
export const cohere: Driver = {
  ...openaiDialect({
    name: 'cohere',
    title: 'Cohere',
    speaks: speaksLikeOthers,
    operations: OPERATIONS,
    credentialForms: KEY_FORMS,
    allowsNoCredential: false,
  }),
  path: (operation) => (operation === 'rerank' ? '/v2/rerank' : COMPATIBLE + (PATHS[operation] ?? `/${operation}`)),
  modelsPath: () => '/v1/models?page_size=1000',
  readModels: readCohereModels,
};
