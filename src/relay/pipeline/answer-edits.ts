import type { AnswerEdit } from '../quirks/answer-edit.js';
import { ChoicesEdit } from '../quirks/choices.js';
import { GemmaTools } from '../quirks/gemma-tools.js';
import { quirksOf, type Quirks } from '../quirks/quirks.js';
import { ShownNames } from '../quirks/shown-names.js';
import { StrippedReasoning } from '../quirks/stripped-reasoning.js';
import { talkOf } from '../quirks/talk-of.js';
import type { Answering, Call } from './call.js';

/** What has to be changed in an upstream's answer before anybody reads it; `null` for most. */
export function editsOf(answering: Answering, call: Call): readonly AnswerEdit[] | null {
  const quirks = quirksOf(answering.model);
  if (!quirks) return null;
  const edits = speaksChat(answering, call) ? chatEdits(quirks) : [];
  const talk = answering.toolNames && talkOf(call.endpoint.dialect);
  if (talk) edits.push(new ShownNames(talk, answering.toolNames));
  return edits.length > 0 ? edits : null;
}

function speaksChat({ driver, model, translated }: Answering, { operation }: Call): boolean {
  const asked = translated?.translation.operation ?? operation;
  return asked === 'chat' && driver.speaks(asked, model) === 'openai-chat';
}

function chatEdits({ readsGemma, stripsReasoning }: Quirks): AnswerEdit[] {
  const edits: AnswerEdit[] = [];
  if (readsGemma) edits.push(new ChoicesEdit(() => new GemmaTools()));
  if (stripsReasoning) edits.push(new ChoicesEdit(() => new StrippedReasoning()));
  return edits;
}
