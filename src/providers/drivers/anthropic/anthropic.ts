import { textForm } from '../credential-form.js';
import type { Driver } from '../driver.js';
import { classifyAnthropic } from './anthropic-errors.js';
import { readAnthropicModels } from './anthropic-models.js';

/** Tokens that Claude's own clients get when somebody signs in; API keys have another header. */
const OAUTH_PREFIX = 'sk-ant-oat';
const FEW = 16;

/** Anthropic's Messages API. Its base URL ends in `/v1`, like those of all others. */
export const anthropic: Driver = {
  name: 'anthropic',
  title: 'Anthropic',
  dialect: 'anthropic',
  operations: ['chat'],
  credentialForms: [textForm('API key, or OAuth token')],
  allowsNoCredential: false,
  authorize,
  speaks: () => 'anthropic-messages',
  headers: { 'anthropic-version': '2023-06-01' },
  clientHeaders: ['anthropic-version', 'anthropic-beta'],
  path: () => '/messages',
  modelsPath: () => '/models?limit=1000',
  readModels: readAnthropicModels,
  tinyCalls: (operation, model) =>
    operation === 'chat' ? [{ model, max_tokens: FEW, messages: [{ role: 'user', content: 'Say ok.' }] }] : [],
  classify: classifyAnthropic,
};

function authorize(credential: string): Record<string, string> {
  if (credential.startsWith(OAUTH_PREFIX)) return { authorization: `Bearer ${credential}` };
  return { 'x-api-key': credential };
}
