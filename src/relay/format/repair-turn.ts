import { withTurns } from '../body/added-turns.js';

/** More of a wrong answer is not worth its tokens. */
const MAX_QUOTED = 100_000;

/** What was wrong with an answer. */
export interface Unfit {
  readonly answer: string;
  readonly faults: readonly string[];
}

/** A chat's body with the answer that did not fit, and the wish for a better one, behind its messages. */
export function withRepairTurn(raw: Buffer, unfit: Unfit, schema: string | undefined): Buffer {
  const quoted = unfit.answer.trim() === '' ? [] : [{ role: 'assistant', content: unfit.answer.slice(0, MAX_QUOTED) }];
  const turns = [...quoted, { role: 'user', content: wishOf(unfit.faults, schema) }];
  return withTurns(raw, turns);
}

function wishOf(faults: readonly string[], schema: string | undefined): string {
  const asked = schema === undefined ? 'JSON' : 'JSON that fits the schema';
  const told = schema === undefined ? '' : `\n\nThe schema:\n${schema}`;
  const found = faults.map((fault) => `- ${fault}`).join('\n');
  return `That is not the ${asked} that was asked for:\n${found}${told}\n\nAnswer again, with nothing but the corrected JSON.`;
}
