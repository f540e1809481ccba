import type { ClientSnippet } from './client-snippet.js';
import { CheckView, toCheckView } from './profile-view.dto.js';
import type { Check } from './profile-checks.js';

/** What a preflight found. */
export class PreflightView {
  /** The worst of all checks. */
  status!: 'pass' | 'warn' | 'fail';
  checks!: CheckView[];
}

/** How one client is set up for a profile. */
export class ClientSnippetView {
  /** @example openai-python */
  client!: string;
  title!: string;
  language!: 'shell' | 'python' | 'typescript' | 'json' | 'toml' | 'yaml';
  /**
   * The file that the text belongs in, below the home folder; `null` for what is run or typed.
   * @example .codex/config.toml
   */
  file!: string | null;
  text!: string;
}

/** How clients are set up for a profile. */
export class ClientsView {
  /** @example http://127.0.0.1:3000/v1 */
  baseUrl!: string;
  /** What to put in `model`. */
  model!: string;
  /** Other names that mean the same. */
  otherNames!: string[];
  /** The variable that the snippets read the token from. */
  tokenVariable!: string;
  snippets!: ClientSnippetView[];
}

export function toPreflightView(checks: readonly Check[]): PreflightView {
  const worst = (['fail', 'warn'] as const).find((status) => checks.some((check) => check.status === status));
  return { status: worst ?? 'pass', checks: checks.map(toCheckView) };
}

export function toSnippetView({ client, title, language, file, text }: ClientSnippet): ClientSnippetView {
  return { client, title, language, file: file ?? null, text };
}
