import type { Operation } from '../../../snapshot/snapshot.js';
import { OPTIONAL_KEY_FORMS } from '../credential-form.js';
import type { Driver, Place } from '../driver.js';
import { openaiDialect, PATHS, speaksLikeOthers } from '../openai/openai.js';
import { readLoadedModels, readOllamaModels } from './ollama-models.js';

const OPERATIONS: readonly Operation[] = ['chat', 'completion', 'embeddings', 'responses'];

/**
 * Ollama: calls in OpenAI's dialect below `/v1`, models and which of them are loaded from its own API. Its base URL is
 * that of the server; one that ends in `/v1` works, too, but shows no load state.
 */
export const ollama: Driver = {
  ...openaiDialect({
    name: 'ollama',
    title: 'Ollama',
    speaks: speaksLikeOthers,
    operations: OPERATIONS,
    credentialForms: OPTIONAL_KEY_FORMS,
    allowsNoCredential: true,
  }),
  takesEndpoints: true,
  path: (operation, _, __, place) => `${isBelowV1(place) ? '' : '/v1'}${PATHS[operation] ?? `/${operation}`}`,
  modelsPath: (place) => (isBelowV1(place) ? '/models' : '/api/tags'),
  readModels: readOllamaModels,
  loadedPath: (place) => (isBelowV1(place) ? undefined : '/api/ps'),
  readLoaded: readLoadedModels,
};

function isBelowV1({ basePath }: Place): boolean {
  return basePath.endsWith('/v1');
}
