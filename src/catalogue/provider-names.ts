import { ownMember } from '../common/own.js';
/** What `@pydantic/genai-prices` and our presets call a provider, by what models.dev calls it. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  aws: 'amazon-bedrock',
  bedrock: 'amazon-bedrock',
  fireworks: 'fireworks-ai',
  cloudflare: 'cloudflare-workers-ai',
  gemini: 'google',
  moonshot: 'moonshotai',
  novita: 'novita-ai',
  together: 'togetherai',
  'together-ai': 'togetherai',
  'x-ai': 'xai',
};

/** The one name under which the catalogue keeps a provider. */
export function canonicalProvider(provider: string): string {
  const name = provider.trim().toLowerCase();
  return ownMember(OTHER_NAMES, name) ?? name;
}
