import type { Source } from './conversation.js';

const DATA_URL = /^data:([\w.+-]+\/[\w.+-]+)?(?:;[\w=.+-]+)*?(;base64)?,/i;

/** Where an address leads: its bytes are in it (`data:`), or somewhere else. */
export function sourceOf(url: string): Source {
  const match = url.startsWith('data:') ? DATA_URL.exec(url.slice(0, 256)) : null;
  if (!match) return { kind: 'url', url };
  const [prefix, mediaType = 'text/plain', isBase64] = match;
  const rest = url.slice(prefix.length);
  const data = isBase64 ? rest : Buffer.from(decodeURIComponent(rest)).toString('base64');
  return { kind: 'base64', mediaType: mediaType.toLowerCase(), data };
}

/** The address of a source; `undefined` for one that only its provider knows. */
export function urlOf(source: Source): string | undefined {
  if (source.kind === 'url') return source.url;
  return source.kind === 'base64' ? `data:${source.mediaType};base64,${source.data}` : undefined;
}
