import type { Snapshot, TokenEntry } from '../snapshot/snapshot.js';
import { listModels, showModel, type ModelView } from './models.js';

const MS_PER_SECOND = 1000;

/** A profile as Anthropic shows a model. */
interface AnthropicModelView {
  readonly type: 'model';
  readonly id: string;
  readonly display_name: string;
  /** RFC 3339. */
  readonly created_at: string;
  /** Tokens; `null` when unknown. */
  readonly max_input_tokens: number | null;
  readonly max_tokens: number | null;
  readonly capabilities: null;
  readonly deprecated_at: null;
  readonly lifecycle: 'active';
}

/** The enabled profiles that a token may call, by name, all on one page. */
export function listAnthropicModels(snapshot: Snapshot, token: TokenEntry): object {
  const data = listModels(snapshot, token).data.map(toAnthropicView);
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

/** One of them. Throws as a call of it would. */
export function showAnthropicModel(snapshot: Snapshot, token: TokenEntry, name: string): AnthropicModelView {
  return toAnthropicView(showModel(snapshot, token, name));
}

function toAnthropicView({ id, created, waggle }: ModelView): AnthropicModelView {
  return {
    type: 'model',
    id,
    display_name: waggle.description ?? id,
    created_at: new Date(created * MS_PER_SECOND).toISOString(),
    max_input_tokens: waggle.context_window,
    max_tokens: waggle.max_output,
    capabilities: null,
    deprecated_at: null,
    lifecycle: 'active',
  };
}
