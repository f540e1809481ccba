import type { Operation } from '../snapshot/snapshot.js';

/** How one client is set up for a profile. */
export interface ClientSnippet {
  readonly client: string;
  readonly title: string;
  /** What the text is written in. */
  readonly language: 'shell' | 'python' | 'typescript' | 'json' | 'toml' | 'yaml';
  /** The file that the text belongs in, below the home folder; nothing for what is run or typed. */
  readonly file?: string;
  readonly text: string;
}

/** What a client needs to know. */
export interface ClientFacts {
  /** With `/v1`. */
  readonly baseUrl: string;
  /** The profile's name. */
  readonly model: string;
  readonly operation: Operation;
}

/** The variable that holds the token in all snippets; the token itself is in none. */
export const TOKEN_VARIABLE = 'WAGGLE_TOKEN';

/** The host alone: clients of Anthropic add `/v1` themselves. */
export function hostOf(baseUrl: string): string {
  return baseUrl.replace(/\/v1$/, '');
}
