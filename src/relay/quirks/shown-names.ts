import type { JsonObject } from '../../snapshot/snapshot.js';
import type { AnswerEdit } from './answer-edit.js';
import type { ToolNames } from './plain-names.js';
import type { ToolTalk } from './tool-talk.js';

/** Gives the tools in an answer the names that the client knows them by. */
export class ShownNames implements AnswerEdit {
  constructor(
    private readonly talk: ToolTalk,
    private readonly names: ToolNames,
  ) {}

  whole(json: JsonObject): void {
    this.talk.renameInAnswer(json, (name) => this.names.toClient(name));
  }

  event(json: JsonObject): void {
    this.talk.renameInEvent(json, (name) => this.names.toClient(name));
  }
}
