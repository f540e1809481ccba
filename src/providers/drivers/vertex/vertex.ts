import type { Driver } from '../driver.js';
import { classifyGemini } from '../gemini/gemini-errors.js';
import { readGeminiModels } from '../gemini/gemini-models.js';
import { methodOf, tinyContents } from '../gemini/gemini.js';
import { authorizeVertex } from './vertex-credential.js';

/**
 * Gemini on Vertex AI. Its base URL names project and region:
 * `https://{region}-aiplatform.googleapis.com/v1/projects/{project}/locations/{region}`.
 */
export const vertex: Driver = {
  name: 'vertex',
  title: 'Google Vertex AI',
  dialect: 'gemini',
  operations: ['chat'],
  credentialForm: [
    {
      name: 'serviceAccount',
      label: 'Service account key (JSON), access token or API key',
      isSecret: true,
      isRequired: true,
      help: 'The whole JSON file of a key. Its account needs the role Vertex AI User.',
    },
  ],
  allowsNoCredential: false,
  authorize: authorizeVertex,
  speaks: () => 'gemini-content',
  headers: {},
  clientHeaders: [],
  path: (_, upstreamId, isStreamed) => `${modelPath(upstreamId)}${methodOf(isStreamed)}`,
  modelsPath: () => '/publishers/google/models',
  readModels: readGeminiModels,
  tinyCalls: tinyContents,
  classify: classifyGemini,
};

/** `gemini-2.5-pro`, or `publisher/model` for those of others. */
function modelPath(upstreamId: string): string {
  const [first = '', second] = upstreamId.split('/', 2);
  const [publisher, model] = second === undefined ? ['google', first] : [first, second];
  return `/publishers/${encodeURIComponent(publisher)}/models/${encodeURIComponent(model)}`;
}
