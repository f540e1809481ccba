import type { JsonObject } from '../../snapshot/snapshot.js';
import { isObject, objectsOf } from '../translate/json.js';
import type { AnswerEdit } from './answer-edit.js';

/** More than any server gives. */
const MAX_CHOICES = 128;

/** Edits one choice of a chat: its message as a whole, or the pieces of it one after the other. */
export interface ChoiceEdit {
  /** `said` is a message, or a delta; with `isLast` there is no more of it. */
  take(said: JsonObject, choice: JsonObject, isLast: boolean): void;
}

/** Edits each choice of a chat by an edit of its own. */
export class ChoicesEdit implements AnswerEdit {
  private readonly edits = new Map<number, ChoiceEdit>();

  constructor(private readonly make: () => ChoiceEdit) {}

  whole({ choices }: JsonObject): void {
    for (const choice of objectsOf(choices)) {
      if (isObject(choice.message)) this.make().take(choice.message, choice, true);
    }
  }

  event({ choices }: JsonObject): void {
    for (const choice of objectsOf(choices)) {
      if (isObject(choice.delta)) {
        this.of(choice.index).take(choice.delta, choice, typeof choice.finish_reason === 'string');
      }
    }
  }

  private of(index: unknown): ChoiceEdit {
    const key = typeof index === 'number' && index < MAX_CHOICES ? index : 0;
    let edit = this.edits.get(key);
    if (!edit) this.edits.set(key, (edit = this.make()));
    return edit;
  }
}
