import type { JsonObject } from '../../../snapshot/snapshot.js';
import type { AnswerEvent } from '../conversation.js';
import { compact, parseObject } from '../json.js';
import type { ItemPlace, OpenItem, ResponseEvent } from './response-items.js';
import { calledTool, customInput, type ClientTool, type ClientTools } from './response-tools.js';

type ToolCall = Extract<AnswerEvent, { kind: 'tool_call' }>;

/** Begins the item of a call, of the kind that the client knows the tool as. */
export function callItem(
  place: (prefix: string) => ItemPlace,
  call: ToolCall,
  tools: ClientTools | undefined,
): OpenItem {
  const tool = calledTool(tools, call.name);
  if (tool.kind === 'custom') return new CustomCallItem(place('ctc'), call, tool);
  return tool.kind === 'tool_search' ? new SearchItem(place('tsc'), call, tool) : new CallItem(place('fc'), call, tool);
}

/** What calls of all kinds have in common: their arguments come in pieces. */
abstract class AnyCallItem implements OpenItem {
  protected text = '';

  constructor(
    protected readonly place: ItemPlace,
    protected readonly call: ToolCall,
    protected readonly tool: ClientTool,
  ) {}

  begin(): ResponseEvent[] {
    const item = { ...this.item('completed'), ...this.nothingYet, status: 'in_progress' };
    return [{ type: 'response.output_item.added', output_index: this.place.index, item }];
  }

  takes(event: AnswerEvent): boolean {
    return event.kind === 'arguments' && event.index === this.call.index;
  }

  add(event: AnswerEvent): ResponseEvent[] {
    const delta = 'text' in event ? event.text : '';
    this.text += delta;
    return this.told(delta);
  }

  end(): ResponseEvent[] {
    const done = { type: 'response.output_item.done', output_index: this.place.index, item: this.item('completed') };
    return [...this.last(), done];
  }

  abstract item(status: 'completed' | 'incomplete'): JsonObject;

  /** The members that the item does not have yet when it begins. */
  protected abstract readonly nothingYet: JsonObject;

  protected told(_delta: string): ResponseEvent[] {
    return [];
  }

  protected last(): ResponseEvent[] {
    return [];
  }

  protected get at(): JsonObject {
    return { item_id: this.place.id, output_index: this.place.index };
  }
}

/** A call of a function. */
class CallItem extends AnyCallItem {
  protected readonly nothingYet = { arguments: '' };

  item(status: 'completed' | 'incomplete'): JsonObject {
    const { name, namespace } = this.tool;
    const { id } = this.place;
    const call = { call_id: this.call.id, name, namespace, arguments: this.text || '{}' };
    return compact({ id, type: 'function_call', status, ...call });
  }

  protected override told(delta: string): ResponseEvent[] {
    return [{ type: 'response.function_call_arguments.delta', ...this.at, delta }];
  }

  protected override last(): ResponseEvent[] {
    const { name } = this.tool;
    return [{ type: 'response.function_call_arguments.done', ...this.at, name, arguments: this.text || '{}' }];
  }
}

/** A call of a tool whose input is a text: it is inside JSON, and so is told once that is whole. */
class CustomCallItem extends AnyCallItem {
  protected readonly nothingYet = { input: '' };

  item(status: 'completed' | 'incomplete'): JsonObject {
    const { name, namespace } = this.tool;
    const { id } = this.place;
    const call = { call_id: this.call.id, name, namespace, input: customInput(this.text) };
    return compact({ id, type: 'custom_tool_call', status, ...call });
  }

  protected override last(): ResponseEvent[] {
    const input = customInput(this.text);
    return [
      { type: 'response.custom_tool_call_input.delta', ...this.at, delta: input },
      { type: 'response.custom_tool_call_input.done', ...this.at, input },
    ];
  }
}

/** A search for tools, which the client makes. */
class SearchItem extends AnyCallItem {
  protected readonly nothingYet = { arguments: {} };

  item(status: 'completed' | 'incomplete'): JsonObject {
    const call = { call_id: this.call.id, execution: 'client', arguments: parseObject(this.text) ?? {} };
    return { id: this.place.id, type: 'tool_search_call', status, ...call };
  }
}
