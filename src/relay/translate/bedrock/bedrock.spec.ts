import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import type { JsonObject, ModelEntry } from '../../../snapshot/snapshot.js';
import { Notes } from '../notes.js';
import { chatClient } from '../openai-chat/openai-chat.js';
import { ForeignAnswer, type TranslationContext } from '../translation.js';
import { converseUpstream } from './bedrock.js';
import { EventStreamDecoder } from './event-stream-decoder.js';

const codec = new EventStreamCodec(toUtf8, fromUtf8);

function framed(names: Record<string, string>, data: object): Buffer {
  const headers = Object.fromEntries(
    Object.entries(names).map(([name, value]) => [name, { type: 'string' as const, value }]),
  );
  return Buffer.from(codec.encode({ headers, body: Buffer.from(JSON.stringify(data)) }));
}

const event = (type: string, data: object) => framed({ ':message-type': 'event', ':event-type': type }, data);

function contextOf(upstreamId = 'anthropic.claude-3-7'): TranslationContext {
  const model = { upstreamId, capabilities: new Set(), maxOutput: null, defaults: null } as unknown as ModelEntry;
  const rest = { isStreamed: false, asksForUsage: true, mayAskForUsage: true, echo: {} };
  return { model, shownModel: 'm', id: 'f'.repeat(32), createdSeconds: 1, notes: new Notes(), ...rest };
}

function written(body: object, context = contextOf()): JsonObject {
  const request = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...body } as JsonObject;
  return converseUpstream.writeRequest(chatClient.readRequest(request, context), context);
}

describe(EventStreamDecoder.name, () => {
  const messages = [
    event('messageStart', { role: 'assistant' }),
    event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Über 🐝' } }),
    event('messageStop', { stopReason: 'end_turn' }),
  ];
  const all = Buffer.concat(messages);

  it.each([1, 3, 7, 64, all.length])('reads events whatever the borders of chunks (%i bytes)', (size) => {
    const decoder = new EventStreamDecoder();
    const read = Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
      decoder.push(all.subarray(at * size, (at + 1) * size)),
    ).flat();
    expect(read.map(({ event: type }) => type)).toEqual(['messageStart', 'contentBlockDelta', 'messageStop']);
    expect(read[1]?.data).toMatchObject({ delta: { text: 'Über 🐝' } });
  });

  it('hands on what went wrong upstream', () => {
    const bytes = framed(
      { ':message-type': 'exception', ':exception-type': 'throttlingException' },
      { message: 'Wait.' },
    );
    const [message] = new EventStreamDecoder().push(bytes);
    expect(message).toEqual({ event: 'throttlingException', data: { error: { message: 'Wait.' } } });
    expect(converseUpstream.streamReader().read(message!)).toEqual([{ kind: 'error' }]);
  });

  it('refuses what is damaged, and lengths that nobody sends', () => {
    const damaged = Buffer.from(messages[1]!);
    damaged[40]! ^= 0xff;
    expect(() => new EventStreamDecoder().push(damaged)).toThrow(ForeignAnswer);
    expect(() => new EventStreamDecoder().push(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow(ForeignAnswer);
    expect(() => new EventStreamDecoder().push(Buffer.from([0, 0, 0, 1]))).toThrow(ForeignAnswer);
  });
});

describe('a request for Bedrock', () => {
  const tool = { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' } } };

  it('has blocks for texts, pictures, calls and results', () => {
    const content = [
      { type: 'text', text: 'See' },
      { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,AAAA' } },
    ];
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: 'one' },
    ];
    expect(written({ messages, tools: [tool], tool_choice: 'required', max_tokens: 9, stop: 'x' })).toEqual({
      system: [{ text: 'Be brief.' }],
      messages: [
        { role: 'user', content: [{ text: 'See' }, { image: { format: 'jpeg', source: { bytes: 'AAAA' } } }] },
        { role: 'assistant', content: [{ toolUse: { toolUseId: 'a', name: 'f', input: { x: 1 } } }] },
        {
          role: 'user',
          content: [{ toolResult: { toolUseId: 'a', content: [{ text: 'one' }], status: 'success' } }],
        },
      ],
      inferenceConfig: { maxTokens: 9, stopSequences: ['x'] },
      toolConfig: {
        tools: [{ toolSpec: { name: 'f', description: 'd', inputSchema: { json: { type: 'object' } } } }],
        toolChoice: { any: {} },
      },
    });
  });

  it('has the schema of a structured answer', () => {
    const schema = { type: 'object', properties: {} };
    const format = { type: 'json_schema', json_schema: { name: 'n', schema } };
    expect(written({ response_format: format })).toMatchObject({
      outputConfig: {
        textFormat: {
          type: 'json_schema',
          structure: { jsonSchema: { name: 'n', schema: JSON.stringify(schema) } },
        },
      },
    });
  });

  it('has Claude think with a budget below its maximum, and drops that for others', () => {
    expect(written({ reasoning_effort: 'medium', max_tokens: 3000, temperature: 0.2 })).toMatchObject({
      inferenceConfig: { maxTokens: 3000, temperature: 1 },
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2999 } },
    });
    const context = contextOf('amazon.nova-pro');
    expect(written({ reasoning_effort: 'medium' }, context)).not.toHaveProperty('additionalModelRequestFields');
    expect(context.notes.droppedNames).toEqual(['reasoning_effort']);
  });

  it('refuses pictures by address, which Bedrock would not fetch', () => {
    const content = [{ type: 'image_url', image_url: { url: 'https://x.org/a.png' } }];
    expect(() => written({ messages: [{ role: 'user', content }] })).toThrow(/by address/);
  });
});

describe('an answer of Bedrock', () => {
  it.each([
    ['end_turn', 'stop'],
    ['tool_use', 'tool_calls'],
    ['max_tokens', 'length'],
    ['stop_sequence', 'stop_sequence'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['something_new', 'stop'],
  ])('has stopped for %s as %s', (reason, stop) => {
    const json = { output: { message: { role: 'assistant', content: [{ text: 'A' }] } }, stopReason: reason };
    expect(converseUpstream.readAnswer(json)).toMatchObject({ stop, blocks: [{ kind: 'text', text: 'A' }] });
  });

  it('streams calls numbered from 0, and gives those without input an empty one', () => {
    const reader = converseUpstream.streamReader();
    const take = (type: string, data: object) => reader.read({ event: type, data: data as JsonObject });
    const start = (toolUseId: string) => take('contentBlockStart', { start: { toolUse: { toolUseId, name: 'f' } } });
    const events = [
      ...take('contentBlockDelta', { delta: { text: 'A' } }),
      ...take('contentBlockStop', {}),
      ...start('a'),
      ...take('contentBlockDelta', { delta: { toolUse: { input: '{"x":1}' } } }),
      ...take('contentBlockStop', {}),
      ...start('b'),
      ...take('contentBlockStop', {}),
      ...take('messageStop', { stopReason: 'tool_use' }),
    ];
    expect(reader).toMatchObject({ isComplete: true, isOver: false });
    events.push(...take('metadata', { usage: { inputTokens: 1, outputTokens: 2 } }));
    expect(reader.isOver).toBe(true);
    expect(events).toMatchObject([
      { kind: 'text' },
      { kind: 'tool_call', index: 0, id: 'a' },
      { kind: 'arguments', index: 0, text: '{"x":1}' },
      { kind: 'tool_call', index: 1, id: 'b' },
      { kind: 'arguments', index: 1, text: '{}' },
      { kind: 'stop', stop: 'tool_calls' },
      { kind: 'usage' },
    ]);
  });
});
