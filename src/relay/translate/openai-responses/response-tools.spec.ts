import type { JsonObject, ModelEntry } from '../../../snapshot/snapshot.js';
import type { Block } from '../conversation.js';
import { Notes } from '../notes.js';
import type { TranslationContext } from '../translation.js';
import { readResponseRequest } from './response-request-reader.js';
import { flatName } from './response-tools.js';
import { writeResponse } from './response-writer.js';

const PARAMETERS = { type: 'object', properties: { q: { type: 'string' } } };
const lookup = { type: 'function', name: 'lookup', parameters: PARAMETERS };
const TOOLS: JsonObject[] = [
  { type: 'namespace', name: 'mcp__hive', tools: [lookup, { type: 'custom', name: 'write', description: 'Writes.' }] },
  { type: 'namespace', name: 'mcp__farm', tools: [lookup] },
  { type: 'custom', name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
  { type: 'tool_search', execution: 'client', description: 'Finds tools.', parameters: PARAMETERS },
  { type: 'web_search' },
];

function contextOf(): TranslationContext {
  const rest = { isStreamed: true, asksForUsage: false, mayAskForUsage: true, echo: {} };
  const model = { upstreamId: 'm', capabilities: new Set<string>() } as unknown as ModelEntry;
  return { model, shownModel: 'm', id: 'f'.repeat(32), createdSeconds: 1, notes: new Notes(), ...rest };
}

function read(body: JsonObject, context = contextOf()) {
  return readResponseRequest({ model: 'm', input: 'Hi', tools: TOOLS, ...body }, context);
}

/** The items that a client gets for what an upstream calls. */
function items(...calls: (readonly [name: string, text: string])[]): JsonObject[] {
  const context = contextOf();
  read({}, context);
  const blocks = calls.map(([name, text], index): Block => ({
    kind: 'tool_call',
    id: `c${index}`,
    name,
    arguments: text,
  }));
  return writeResponse({ blocks, stop: 'tool_calls', usage: undefined }, context).output as JsonObject[];
}

describe('tools of Responses', () => {
  it('are functions with the namespace in their names, but for those that only OpenAI has', () => {
    const context = contextOf();
    const { tools } = read({}, context);
    expect(tools.map(({ name }) => name)).toEqual([
      'mcp__hive__lookup',
      'mcp__hive__write',
      'mcp__farm__lookup',
      'patch',
      'tool_search',
    ]);
    expect(tools[0]).toMatchObject({ parameters: PARAMETERS });
    expect(tools[3]?.description).toContain('start: "x"');
    const headers = {};
    context.notes.addTo(headers);
    expect(headers).toEqual({ 'x-waggle-loss': 'tools[custom]', 'x-waggle-dropped': 'tools[web_search]' });
  });

  it('come back under the names that the client has for them', () => {
    expect(
      items(['mcp__farm__lookup', '{"q":"bee"}'], ['patch', '{"input":"*** Begin"}'], ['tool_search', '{"q":"x"}']),
    ).toMatchObject([
      { type: 'function_call', name: 'lookup', namespace: 'mcp__farm', call_id: 'c0', arguments: '{"q":"bee"}' },
      { type: 'custom_tool_call', name: 'patch', call_id: 'c1', input: '*** Begin' },
      { type: 'tool_search_call', execution: 'client', call_id: 'c2', arguments: { q: 'x' } },
    ]);
  });

  it('are understood without their namespace where only one can be meant', () => {
    const [write, ambiguous, unknown] = items(['write', '{"input":"a"}'], ['lookup', '{}'], ['nobody', '{}']);
    expect(write).toMatchObject({ type: 'custom_tool_call', name: 'write', namespace: 'mcp__hive', input: 'a' });
    expect(ambiguous).toMatchObject({ type: 'function_call', name: 'lookup' });
    expect(ambiguous).not.toHaveProperty('namespace');
    expect(unknown).toMatchObject({ type: 'function_call', name: 'nobody' });
  });

  it.each([
    ['*** Begin Patch', '*** Begin Patch'],
    ['{"patch":"x"}', '{"patch":"x"}'],
    ['', ''],
  ])('take %j for the text that was meant', (said, input) => {
    expect(items(['patch', said])).toMatchObject([{ type: 'custom_tool_call', input }]);
  });

  it('are told apart from what has been called before, and bring others along', () => {
    const { turns, tools } = read({
      input: [
        { type: 'additional_tools', role: 'developer', tools: [{ type: 'function', name: 'more' }] },
        { role: 'user', content: 'Hi' },
        { type: 'function_call', call_id: 'a', namespace: 'mcp__hive', name: 'lookup', arguments: '{"q":1}' },
        { type: 'custom_tool_call', call_id: 'b', name: 'patch', input: 'x' },
        { type: 'tool_search_call', call_id: 'c', execution: 'client', arguments: { q: 'y' } },
        { type: 'function_call_output', call_id: 'a', output: 'one' },
        { type: 'custom_tool_call_output', call_id: 'b', output: 'two' },
        { type: 'tool_search_output', call_id: 'c', tools: [{ type: 'namespace', name: 'late', tools: [lookup] }] },
      ],
      tools: [...TOOLS, lookup, lookup],
    });
    expect(tools.map(({ name }) => name).slice(-3)).toEqual(['lookup', 'more', 'late__lookup']);
    const said = turns.flatMap(({ blocks }) => blocks).map((block) => ('content' in block ? block.content : block));
    expect(said).toMatchObject([
      { kind: 'text', text: 'Hi' },
      { kind: 'tool_call', id: 'a', name: 'mcp__hive__lookup', arguments: '{"q":1}' },
      { kind: 'tool_call', id: 'b', name: 'patch', arguments: '{"input":"x"}' },
      { kind: 'tool_call', id: 'c', name: 'tool_search', arguments: '{"q":"y"}' },
      [{ kind: 'text', text: 'one' }],
      [{ kind: 'text', text: 'two' }],
      [{ kind: 'text', text: expect.stringContaining('late__lookup') }],
    ]);
  });

  it('can be wished for by name', () => {
    const wish = (toolChoice: JsonObject) => read({ tool_choice: toolChoice }).toolChoice;
    expect(wish({ type: 'custom', name: 'patch' })).toEqual({ kind: 'tool', name: 'patch' });
    expect(wish({ type: 'function', name: 'lookup', namespace: 'mcp__farm' })).toEqual({
      kind: 'tool',
      name: 'mcp__farm__lookup',
    });
  });

  it('keep a namespace that says itself where it ends, and are called as they are without one', () => {
    expect(flatName('tool', 'mcp__x__')).toBe('mcp__x__tool');
    expect(flatName('tool', undefined)).toBe('tool');
  });
});
