import type { JsonObject, Operation } from '../../../snapshot/snapshot.js';
import { KEY_FORMS } from '../credential-form.js';
import type { Driver } from '../driver.js';
import { classifyGemini } from './gemini-errors.js';
import { readGeminiModels } from './gemini-models.js';

const FEW = 16;

/** The Gemini API of Google AI Studio. Its base URL ends in `/v1beta`. */
export const gemini: Driver = {
  name: 'gemini',
  title: 'Google Gemini',
  dialect: 'gemini',
  operations: ['chat'],
  credentialForms: KEY_FORMS,
  allowsNoCredential: false,
  authorize: (credential) => ({ 'x-goog-api-key': credential }),
  speaks: () => 'gemini-content',
  headers: {},
  clientHeaders: [],
  path: (_, upstreamId, isStreamed) => `/models/${encodeURIComponent(upstreamId)}${methodOf(isStreamed)}`,
  modelsPath: () => '/models?pageSize=1000',
  readModels: readGeminiModels,
  tinyCalls: tinyContents,
  classify: classifyGemini,
};

/** What stands behind a model's name. Without `alt=sse` a stream would be one long list. */
export function methodOf(isStreamed: boolean): string {
  return isStreamed ? ':streamGenerateContent?alt=sse' : ':generateContent';
}

/** The smallest call of `generateContent`. */
export function tinyContents(operation: Operation): readonly JsonObject[] {
  if (operation !== 'chat') return [];
  const contents = [{ role: 'user', parts: [{ text: 'Say ok.' }] }];
  return [{ contents, generationConfig: { maxOutputTokens: FEW } }];
}
