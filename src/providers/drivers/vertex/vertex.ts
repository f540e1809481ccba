import { textForm, type CredentialForm } from '../credential-form.js';
import type { Driver } from '../driver.js';
import { classifyGemini } from '../gemini/gemini-errors.js';
import { methodOf, tinyContents } from '../gemini/gemini.js';
import { exchangeVertex } from './vertex-exchange.js';
import { readPublisherModels } from './vertex-models.js';

const FORMS: readonly CredentialForm[] = [
  textForm('Service account key', 'The whole JSON file. Its account needs the role Vertex AI User.'),
  textForm('Access token or API key'),
];

/**
 * Gemini on Vertex AI. Its base URL names project and region:
 * `https://{region}-aiplatform.googleapis.com/v1/projects/{project}/locations/{region}`.
 */
export const vertex: Driver = {
  name: 'vertex',
  title: 'Google Vertex AI',
  dialect: 'gemini',
  operations: ['chat'],
  credentialForms: FORMS,
  allowsNoCredential: false,
  authorize,
  exchange: exchangeVertex,
  identity: 'google',
  speaks: () => 'gemini-content',
  headers: {},
  clientHeaders: [],
  path: (_, upstreamId, isStreamed) => `${modelPath(upstreamId)}${methodOf(isStreamed)}`,
  modelsPath: () => '/publishers/google/models?pageSize=1000',
  modelsAt: ({ origin }) => ({ origin, basePath: '/v1beta1' }), // they belong to no project
  readModels: readPublisherModels,
  tinyCalls: tinyContents,
  classify: classifyGemini,
};

/** Access tokens of Google's, and tokens that a key of ours has signed, have another header than API keys. */
function authorize(credential: string): Readonly<Record<string, string>> {
  return /^(ya29\.|eyJ)/.test(credential)
    ? { authorization: `Bearer ${credential}` }
    : { 'x-goog-api-key': credential };
}

/** `gemini-2.5-pro`, or `publisher/model` for those of others. */
function modelPath(upstreamId: string): string {
  const [first = '', second] = upstreamId.split('/', 2);
  const [publisher, model] = second === undefined ? ['google', first] : [first, second];
  return `/publishers/${encodeURIComponent(publisher)}/models/${encodeURIComponent(model)}`;
}
