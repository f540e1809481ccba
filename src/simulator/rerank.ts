import {
  countField,
  isObject,
  plain,
  Refusal,
  textField,
  type Answer,
  type Call,
  type Json,
  type JsonObject,
} from './answer.js';
import { countTokens, seedOf } from './pseudo-text.js';

/** `POST /rerank` as Jina and vLLM have it: results with their documents, and the tokens that were read. */
export function rerank(call: Call): Answer {
  const { query, texts, results } = ranked(call);
  const tokens = countTokens([query, ...texts].join(' '));
  const withDocuments = results.map((result) => ({ ...result, document: { text: texts[Number(result.index)] ?? '' } }));
  const usage = { total_tokens: tokens, prompt_tokens: tokens };
  const body = { id: `rerank-${call.id}`, model: call.model, results: withDocuments, usage };
  return plain(body, { inputTokens: tokens });
}

/** `POST /v2/rerank` as Cohere has it: results alone, billed by search. */
export function rerankAsCohere(call: Call): Answer {
  const { results } = ranked(call);
  const meta = { api_version: { version: '2' }, billed_units: { search_units: 1 } };
  return plain({ id: call.id, results, meta }, {});
}

interface Ranked {
  readonly query: string;
  readonly texts: readonly string[];
  readonly results: readonly JsonObject[];
}

/** Scores depend on the texts alone, so that the same question has the same answer. */
function ranked({ body }: Call): Ranked {
  const query = textField(body, 'query');
  if (!Array.isArray(body.documents)) throw new Refusal(400, "Missing required parameter: 'documents'.");
  const texts = body.documents.map(documentText);
  const scored = texts.map((text, index) => ({ index, relevance_score: (seedOf(query + text) % 1000) / 1000 }));
  const results = scored.toSorted((a, b) => b.relevance_score - a.relevance_score);
  return { query, texts, results: results.slice(0, countField(body, 'top_n') ?? texts.length) };
}

function documentText(document: Json): string {
  if (typeof document === 'string') return document;
  return isObject(document) && typeof document.text === 'string' ? document.text : '';
}
