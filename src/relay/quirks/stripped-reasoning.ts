import type { JsonObject } from '../../snapshot/snapshot.js';
import type { ChoiceEdit } from './choices.js';
import { InlineThought } from './inline-thought.js';

/** Where servers of OpenAI's dialect put what a model thought, and where we put signed thoughts. */
const FIELDS = ['reasoning_content', 'reasoning', 'reasoning_details', 'thinking_blocks'] as const;

/** Takes out of a whole message what the model thought. */
export function stripMessage(message: JsonObject): void {
  new StrippedReasoning().take(message, {}, true);
}

/** Takes out of a choice what the model thought. */
export class StrippedReasoning implements ChoiceEdit {
  private readonly thought = new InlineThought();

  take(said: JsonObject, _choice: JsonObject, isLast: boolean): void {
    for (const field of FIELDS) delete said[field];
    const kept = typeof said.content === 'string' ? this.thought.push(said.content) : '';
    const rest = isLast ? this.thought.end() : '';
    if (typeof said.content === 'string' || rest !== '') said.content = kept + rest;
  }
}
