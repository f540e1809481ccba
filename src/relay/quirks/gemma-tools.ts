import { newId } from '../../common/ids.js';
import type { JsonObject } from '../../snapshot/snapshot.js';
import { objectsOf, textOr } from '../translate/json.js';
import type { ChoiceEdit } from './choices.js';
import { readGemmaCall } from './gemma-call.js';
import { GemmaText, type GemmaPart } from './gemma-text.js';

/** Puts the tool calls and thoughts that Gemma writes into its text where clients look for them. */
export class GemmaTools implements ChoiceEdit {
  private readonly text = new GemmaText();
  /** How many calls there are, with those that the server itself has read. */
  private calls = 0;
  private readonly ownIndexes = new Map<unknown, number>();

  take(said: JsonObject, choice: JsonObject, isLast: boolean): void {
    this.renumber(said);
    const parts = typeof said.content === 'string' ? this.text.push(said.content) : [];
    if (isLast) parts.push(...this.text.end());
    this.say(said, parts, choice.delta === said);
    if (this.calls === 0 || !isLast) return;
    if (choice.finish_reason === 'stop') choice.finish_reason = 'tool_calls';
    if (choice.message === said && textOr(said.content).trim() === '') said.content = null;
  }

  private say(said: JsonObject, parts: readonly GemmaPart[], isPiece: boolean): void {
    const hadContent = typeof said.content === 'string';
    let [text, thought] = ['', ''];
    for (const part of parts) {
      if (part.kind === 'thought') thought += part.text;
      else if (part.kind === 'text') text += part.text;
      else text += this.call(said, part.text, isPiece);
    }
    if (hadContent || text !== '') said.content = text;
    if (thought !== '') said.reasoning_content = textOr(said.reasoning_content) + thought;
  }

  /** Adds a call; what is none is text, as it was written. */
  private call(said: JsonObject, written: string, isPiece: boolean): string {
    const call = readGemmaCall(written);
    if (!call) return `<|tool_call>${written}<tool_call|>`;
    const index = this.calls++;
    const id = `call_${newId().replaceAll('-', '')}`;
    const told = { name: call.name, arguments: JSON.stringify(call.arguments) };
    const entry: JsonObject = { ...(isPiece && { index }), id, type: 'function', function: told };
    said.tool_calls = [...objectsOf(said.tool_calls), entry];
    return '';
  }

  /** Calls that the server has read itself come in the order in which they begin among ours. */
  private renumber(said: JsonObject): void {
    for (const call of objectsOf(said.tool_calls)) {
      const given = call.index ?? this.calls;
      let own = this.ownIndexes.get(given);
      if (own === undefined) this.ownIndexes.set(given, (own = this.calls++));
      if ('index' in call) call.index = own;
    }
  }
}
