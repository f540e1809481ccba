import type { Dialect } from '../../providers/drivers/driver.js';
import { messageClient, messageUpstream } from './anthropic/anthropic.js';
import { converseUpstream } from './bedrock/bedrock.js';
import type { ClientDialect, UpstreamDialect } from './dialects.js';
import { geminiUpstream } from './gemini/gemini.js';
import { NeutralTranslation } from './neutral-translation.js';
import { chatClient, chatUpstream } from './openai-chat/openai-chat.js';
import { responseClient, responseUpstream } from './openai-responses/openai-responses.js';
import type { Translation } from './translation.js';

/** The dialects that clients may speak, beside their own upstream's. */
const CLIENTS: ReadonlyMap<Dialect, ClientDialect> = new Map<Dialect, ClientDialect>([
  ['openai-chat', chatClient],
  ['openai-responses', responseClient],
  ['anthropic-messages', messageClient],
]);

/** The dialects that requests can be put into. */
const UPSTREAMS: ReadonlyMap<Dialect, UpstreamDialect> = new Map<Dialect, UpstreamDialect>([
  ['openai-chat', chatUpstream],
  ['openai-responses', responseUpstream],
  ['anthropic-messages', messageUpstream],
  ['gemini-content', geminiUpstream],
  ['bedrock-converse', converseUpstream],
]);

const TRANSLATIONS: ReadonlyMap<string, Translation> = new Map(
  [...CLIENTS].flatMap(([from, client]) =>
    [...UPSTREAMS]
      .filter(([to]) => to !== from)
      .map(([to, upstream]) => [key(from, to), new NeutralTranslation(client, upstream)] as const),
  ),
);

/** The way from a client's dialect to an upstream's, if there is one. */
export function findTranslation(client: Dialect, upstream: Dialect): Translation | undefined {
  return TRANSLATIONS.get(key(client, upstream));
}

function key(client: Dialect, upstream: Dialect): string {
  return `${client} ${upstream}`;
}
