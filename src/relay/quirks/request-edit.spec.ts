import fc from 'fast-check';
import { Notes } from '../translate/notes.js';
import type { Quirks } from './quirks.js';
import { editRequest } from './request-edit.js';

const ALL: Quirks = {
  stripsReasoning: false,
  readsGemma: false,
  plainNames: true,
  toolNames: null,
  plainIds: true,
  pairsTools: true,
};
const told = (notes: Notes): Record<string, string> => {
  const headers: Record<string, string> = {};
  notes.addTo(headers);
  return headers;
};
const edited = (body: object, dialect: 'openai-chat' | 'anthropic-messages', quirks: Partial<Quirks> = ALL) => {
  const notes = new Notes();
  const none: Quirks = { ...ALL, plainNames: false, plainIds: false, pairsTools: false };
  const result = editRequest(Buffer.from(JSON.stringify(body)), dialect, { ...none, ...quirks }, notes);
  return {
    json: result && (JSON.parse(result.body.toString()) as unknown),
    names: result?.names,
    lost: told(notes)['x-waggle-loss'],
  };
};

describe(editRequest.name, () => {
  it('gives the tools of a chat plain names and ids everywhere, and leaves the rest', () => {
    const call = { id: 'a:1', type: 'function', function: { name: 'files.read', arguments: '{"name":"files.read"}' } };
    const { json, names } = edited(
      {
        model: 'm',
        future: { name: 'files.read' },
        tools: [
          { type: 'function', function: { name: 'files.read' } },
          { type: 'function', function: { name: 'ok' } },
        ],
        tool_choice: { type: 'function', function: { name: 'files.read' } },
        messages: [
          { role: 'user', content: 'files.read', name: 'files.read' },
          { role: 'assistant', content: null, tool_calls: [call] },
          { role: 'tool', tool_call_id: 'a:1', content: 'x' },
        ],
      },
      'openai-chat',
    );
    const name = 'files_read_601e4eb6';
    const id = expect.stringMatching(/^a_1_[0-9a-f]{8}$/);
    expect(json).toEqual({
      model: 'm',
      future: { name: 'files.read' },
      tools: [
        { type: 'function', function: { name } },
        { type: 'function', function: { name: 'ok' } },
      ],
      tool_choice: { type: 'function', function: { name } },
      messages: [
        { role: 'user', content: 'files.read', name: 'files.read' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id, type: 'function', function: { name, arguments: '{"name":"files.read"}' } }],
        },
        { role: 'tool', tool_call_id: id, content: 'x' },
      ],
    });
    expect(names?.toClient(name)).toBe('files.read');
  });

  it('does the same with messages, but not with tools of the provider', () => {
    const { json } = edited(
      {
        tools: [
          { name: 'files.read', input_schema: {} },
          { type: 'web_search_20250305', name: 'web.search' },
        ],
        tool_choice: { type: 'tool', name: 'files.read' },
        messages: [
          { role: 'assistant', content: [{ type: 'tool_use', id: 'a:1', name: 'files.read', input: {} }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a:1', content: 'x' }] },
        ],
      },
      'anthropic-messages',
    );
    const name = 'files_read_601e4eb6';
    const id = expect.stringMatching(/^a_1_[0-9a-f]{8}$/);
    expect(json).toEqual({
      tools: [
        { name, input_schema: {} },
        { type: 'web_search_20250305', name: 'web.search' },
      ],
      tool_choice: { type: 'tool', name },
      messages: [
        { role: 'assistant', content: [{ type: 'tool_use', id, name, input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'x' }] },
      ],
    });
  });

  it('leaves a request alone whose dialect has no such place, or whose model does not want it', () => {
    expect(edited({ messages: [] }, 'openai-chat', { stripsReasoning: true }).json).toBeUndefined();
    expect(editRequest(Buffer.from('{}'), 'openai-responses', ALL, new Notes())).toBeUndefined();
    expect(editRequest(Buffer.from('[]'), 'openai-chat', ALL, new Notes())).toBeUndefined();
  });

  const id = fc.constantFrom('a', 'b', 'c');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('calls' as const), ids: fc.uniqueArray(id, { minLength: 1, maxLength: 3 }) }),
    fc.record({ kind: fc.constant('results' as const), ids: fc.array(id, { maxLength: 3 }) }),
    fc.record({ kind: fc.constant('says' as const), ids: fc.constant([] as string[]) }),
  );
  const steps = fc.array(step, { maxLength: 8 });

  it('lets each call of a chat have exactly one result, at once, and each result its call', () => {
    const toMessages = ({ kind, ids }: { kind: string; ids: readonly string[] }): object[] => {
      if (kind === 'says') return [{ role: 'user', content: 'Hi' }];
      if (kind === 'results') return ids.map((one) => ({ role: 'tool', tool_call_id: one, content: 'x' }));
      const calls = ids.map((one) => ({ id: one, type: 'function', function: { name: 'f', arguments: '{}' } }));
      return [{ role: 'assistant', content: null, tool_calls: calls }];
    };
    fc.assert(
      fc.property(steps, (given) => {
        const messages = given.flatMap(toMessages);
        const { json, lost } = edited({ messages }, 'openai-chat', { pairsTools: true });
        const out = (json as { messages: { role: string; tool_call_id?: string; tool_calls?: { id: string }[] }[] })
          .messages;
        const open: string[] = [];
        for (const message of out) {
          if (message.role === 'tool')
            expect(open.splice(open.indexOf(message.tool_call_id!), 1)).toEqual([message.tool_call_id]);
          else expect(open).toEqual([]);
          open.push(...(message.tool_calls ?? []).map((call) => call.id));
        }
        expect(open).toEqual([]);
        expect(lost === undefined).toBe(JSON.stringify(out) === JSON.stringify(messages));
        expect(edited({ messages: out }, 'openai-chat', { pairsTools: true }).lost).toBeUndefined();
      }),
    );
  });

  it('lets each call of a message have exactly one result in the next one', () => {
    const toMessage = ({ kind, ids }: { kind: string; ids: readonly string[] }): object => {
      if (kind === 'says') return { role: 'user', content: 'Hi' };
      if (kind === 'calls')
        return { role: 'assistant', content: ids.map((one) => ({ type: 'tool_use', id: one, name: 'f', input: {} })) };
      const results = ids.map((one) => ({ type: 'tool_result', tool_use_id: one, content: 'x' }));
      return { role: 'user', content: [...results, { type: 'text', text: 'x' }] };
    };
    fc.assert(
      fc.property(steps, (given) => {
        const messages = given.map(toMessage);
        const { json, lost } = edited({ messages }, 'anthropic-messages', { pairsTools: true });
        const out = (
          json as { messages: { role: string; content: { type: string; id?: string; tool_use_id?: string }[] }[] }
        ).messages;
        let open: string[] = [];
        for (const { role, content } of out) {
          const blocks = Array.isArray(content) ? content : [];
          const results = blocks.filter(({ type }) => type === 'tool_result').map(({ tool_use_id: one }) => one!);
          if (role === 'user') expect(results.toSorted()).toEqual(open.toSorted());
          else expect(open).toEqual([]);
          open = blocks.filter(({ type }) => type === 'tool_use').map((block) => block.id!);
        }
        expect(open).toEqual([]);
        expect(lost === undefined).toBe(JSON.stringify(out) === JSON.stringify(messages));
      }),
    );
  });
});
