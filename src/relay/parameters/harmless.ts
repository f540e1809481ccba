/**
 * Settings that have no influence on the answer: they help a provider's cache along, label the call, or say for whom it
 * is made. A strict profile lets a call go where they have no place; they are named as left out all the same.
 */
export const HARMLESS: ReadonlySet<string> = new Set([
  'prompt_cache_key',
  'prompt_cache_retention',
  'prediction', // makes the same answer come sooner
  'client_metadata',
  'metadata',
  'user',
  'user_id', // Anthropic's `metadata.user_id`
  'safety_identifier',
]);
