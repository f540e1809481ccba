import type { JsonObject, ModelEntry } from '../../../snapshot/snapshot.js';
import { messageUpstream } from '../anthropic/anthropic.js';
import { converseUpstream } from '../bedrock/bedrock.js';
import type { AnswerEvent } from '../conversation.js';
import { Notes } from '../notes.js';
import { chatClient } from '../openai-chat/openai-chat.js';
import type { TranslationContext } from '../translation.js';
import { geminiUpstream } from './gemini.js';

function contextOf(upstreamId = 'gemini-2.5-pro'): TranslationContext {
  const model = { upstreamId, capabilities: new Set(), maxOutput: null, defaults: null } as unknown as ModelEntry;
  const rest = { isStreamed: false, asksForUsage: true, mayAskForUsage: true, echo: {} };
  return { model, shownModel: 'm', id: 'f'.repeat(32), createdSeconds: 1, notes: new Notes(), ...rest };
}

function written(body: object, context = contextOf()): JsonObject {
  const request = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...body } as JsonObject;
  return geminiUpstream.writeRequest(chatClient.readRequest(request, context), context);
}

function headersOf({ notes }: TranslationContext): Record<string, string> {
  const headers: Record<string, string> = {};
  notes.addTo(headers);
  return headers;
}

const call = (id: string, name: string, text = '{}') => ({ id, type: 'function', function: { name, arguments: text } });
const tool = { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' } } };

describe('a request for Gemini', () => {
  it('has instructions, pictures and sound where Gemini wants them', () => {
    const image = (url: string) => ({ type: 'image_url', image_url: { url } });
    const content = [
      { type: 'text', text: 'See' },
      image('data:image/png;base64,AAAA'),
      image('https://x.org/a.jpg?b'),
      { type: 'input_audio', input_audio: { format: 'mp3', data: 'BBBB' } },
    ];
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content },
    ];
    expect(written({ messages })).toEqual({
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        {
          role: 'user',
          parts: [
            { text: 'See' },
            { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
            { fileData: { mimeType: 'image/jpeg', fileUri: 'https://x.org/a.jpg?b' } },
            { inlineData: { mimeType: 'audio/mp3', data: 'BBBB' } },
          ],
        },
      ],
    });
  });

  it('answers calls by name in their order, whatever the order of the results', () => {
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: null, tool_calls: [call('a', 'f', '{"x":1}'), call('b', 'g')] },
      { role: 'tool', tool_call_id: 'b', content: 'two' },
      { role: 'tool', tool_call_id: 'a', content: 'one' },
    ];
    expect((written({ messages }).contents as JsonObject[]).slice(1)).toEqual([
      {
        role: 'model',
        parts: [
          { functionCall: { name: 'f', args: { x: 1 } }, thoughtSignature: 'skip_thought_signature_validator' },
          { functionCall: { name: 'g', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { name: 'f', response: { output: 'one' } } },
          { functionResponse: { name: 'g', response: { output: 'two' } } },
        ],
      },
    ]);
  });

  it('gives its own signatures back, and tells that those of others are lost', () => {
    const context = contextOf();
    const thought = (signature: string) => ({ type: 'thinking', thinking: '', signature });
    const messages = [
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: null,
        thinking_blocks: [thought('theirs'), thought('gemini:c2ln')],
        tool_calls: [call('a', 'f')],
      },
      { role: 'tool', tool_call_id: 'a', content: 'one' },
    ];
    const [, said] = written({ messages }, context).contents as JsonObject[];
    expect(said).toEqual({
      role: 'model',
      parts: [{ functionCall: { name: 'f', args: {} }, thoughtSignature: 'c2ln' }],
    });
    expect(headersOf(context)).toEqual({ 'x-waggle-loss': 'thinking' });
  });

  it.each([
    ['Anthropic', messageUpstream],
    ['Bedrock', converseUpstream],
  ])('has signatures that %s would refuse, and never gets', (_, upstream) => {
    const context = contextOf('claude-opus-4-6');
    const thinking = [{ type: 'thinking', thinking: '', signature: 'gemini:c2ln' }];
    const messages: JsonObject[] = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Yes?', thinking_blocks: thinking },
      { role: 'user', content: 'Hi' },
    ];
    const body = upstream.writeRequest(chatClient.readRequest({ model: 'm', messages }, context), context);
    expect(JSON.stringify(body)).not.toContain('gemini:');
    expect(headersOf(context)).toEqual({ 'x-waggle-loss': 'thinking' });
  });

  it.each([
    ['auto', { mode: 'AUTO' }],
    ['required', { mode: 'ANY' }],
    ['none', { mode: 'NONE' }],
    [
      { type: 'function', function: { name: 'f' } },
      { mode: 'ANY', allowedFunctionNames: ['f'] },
    ],
  ])('has the tool choice %j', (choice, expected) => {
    expect(written({ tools: [tool], tool_choice: choice })).toMatchObject({
      tools: [{ functionDeclarations: [{ name: 'f', description: 'd', parametersJsonSchema: { type: 'object' } }] }],
      toolConfig: { functionCallingConfig: expected },
    });
  });

  it('has its settings, and tells which have no effect', () => {
    const context = contextOf();
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const body = {
      max_completion_tokens: 9,
      temperature: 1.5,
      top_p: 0.5,
      stop: 'x',
      seed: 7,
      frequency_penalty: 0.1,
      user: 'u',
      logit_bias: { 5: 1 },
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema } },
    };
    expect(written(body, context).generationConfig).toEqual({
      maxOutputTokens: 9,
      temperature: 1.5,
      topP: 0.5,
      stopSequences: ['x'],
      seed: 7,
      frequencyPenalty: 0.1,
      responseMimeType: 'application/json',
      responseJsonSchema: schema,
    });
    expect(headersOf(context)).toEqual({ 'x-waggle-dropped': 'user, logit_bias' });
  });

  it.each([
    ['gemini-2.5-flash', 'medium', { thinkingBudget: 8192, includeThoughts: true }],
    ['gemini-2.5-flash', 'none', { thinkingBudget: 0, includeThoughts: false }],
    ['gemini-3-pro', 'low', { thinkingLevel: 'low', includeThoughts: true }],
    ['gemini-3-pro', 'high', { thinkingLevel: 'high', includeThoughts: true }],
  ])('has %s think with effort %s', (model, effort, expected) => {
    expect(written({ reasoning_effort: effort }, contextOf(model))).toMatchObject({
      generationConfig: { thinkingConfig: expected },
    });
  });

  it('does not ask models to think that cannot', () => {
    const context = contextOf('gemini-2.0-flash');
    expect(written({ reasoning_effort: 'high' }, context)).not.toHaveProperty('generationConfig');
    expect(headersOf(context)).toEqual({ 'x-waggle-dropped': 'reasoning_effort' });
  });
});

describe('an answer of Gemini', () => {
  const candidate = (parts: object[], finishReason = 'STOP') => ({
    candidates: [{ content: { role: 'model', parts }, finishReason }],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, thoughtsTokenCount: 4 },
  });
  const read = (json: object) => geminiUpstream.readAnswer(json as JsonObject);

  it('keeps thoughts, texts and calls apart', () => {
    const answer = read(
      candidate([
        { text: 'Hm', thought: true },
        { text: 'A' },
        { text: 'B' },
        { functionCall: { name: 'f', args: { x: 1 } }, thoughtSignature: 'c2ln' },
        { functionCall: { id: 'own', name: 'g' } },
      ]),
    );
    expect(answer).toMatchObject({
      stop: 'tool_calls',
      usage: { input_tokens: 3, output_tokens: 6, reasoning_tokens: 4 },
      blocks: [
        { kind: 'thinking', text: 'Hm' },
        { kind: 'text', text: 'AB' },
        { kind: 'thinking', text: '', signature: 'gemini:c2ln' },
        { kind: 'tool_call', id: expect.stringMatching(/^call_/), name: 'f', arguments: '{"x":1}' },
        { kind: 'tool_call', id: 'own', name: 'g', arguments: '{}' },
      ],
    });
  });

  it.each([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['PROHIBITED_CONTENT', 'content_filter'],
    ['MALFORMED_FUNCTION_CALL', 'stop'],
    ['SOMETHING_NEW', 'stop'],
  ])('has stopped for %s as %s', (reason, stop) => {
    expect(read(candidate([{ text: 'A' }], reason)).stop).toBe(stop);
  });

  it('is filtered when the prompt was blocked', () => {
    const blocked = { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 3 } };
    expect(read(blocked)).toMatchObject({ blocks: [], stop: 'content_filter', usage: { input_tokens: 3 } });
    const reader = geminiUpstream.streamReader();
    expect(reader.read({ event: '', data: blocked })).toContainEqual({ kind: 'stop', stop: 'content_filter' });
    expect(reader.isComplete).toBe(true);
  });

  const grounded = (modelVersion: string, ...webSearchQueries: string[]) => {
    const { candidates, ...rest } = candidate([{ text: 'A' }]);
    return { ...rest, modelVersion, candidates: [{ ...candidates[0], groundingMetadata: { webSearchQueries } }] };
  };

  it.each([
    ['gemini-2.0-flash', ['a', 'b'], 1],
    ['models/gemini-2.5-pro', ['', 'b'], 1],
    ['gemini-2.5-flash', [], 0],
    ['gemini-2.5-flash', [''], 0],
    ['gemini-3-flash-preview', ['a', '', 'b', 'a'], 2],
    ['gemini-12.1-pro', ['a', 'b'], 2],
  ])('of %s that searched for %j has searched %i times, as it is billed', (model, queries, searches) => {
    expect(read(grounded(model, ...queries)).usage).toMatchObject({ input_tokens: 3, output_tokens: 6, searches });
  });

  it.each([
    ['gemini-3-pro-preview', 3],
    ['gemini-2.5-pro', 1],
  ])('of %s counts the searches of all chunks of a stream, each once', (model, searches) => {
    const reader = geminiUpstream.streamReader();
    const { usageMetadata, ...searched } = grounded(model, 'a', 'b');
    const chunks = [{ ...candidate([{ text: 'A' }]) }, searched, grounded(model, 'b', 'c'), { usageMetadata }];
    const counts = chunks.flatMap((data) =>
      reader
        .read({ event: '', data: data as JsonObject })
        .flatMap((event) => (event.kind === 'usage' ? [event.usage.searches] : [])),
    );
    expect(counts).toEqual([0, Math.min(2, searches), searches, searches]);
  });

  it('is none without candidates', () => {
    expect(() => read({})).toThrow('no candidate');
  });

  it('streams in chunks, with calls numbered from 0, and ends with a reason', () => {
    const reader = geminiUpstream.streamReader();
    const take = (data: object): readonly AnswerEvent[] => reader.read({ event: '', data: data as JsonObject });
    const part = (...parts: object[]) => ({ candidates: [{ content: { role: 'model', parts } }] });
    const events = [
      ...take(part({ text: 'Hm', thought: true })),
      ...take(part({ text: 'A' })),
      ...take(part({ functionCall: { name: 'f' } }, { functionCall: { name: 'g' } })),
    ];
    expect(reader.isComplete).toBe(false);
    events.push(...take(candidate([{ text: '' }])));
    expect(reader.isComplete).toBe(true);
    expect(events.map(({ kind }) => kind)).toEqual([
      'thinking',
      'text',
      'tool_call',
      'arguments',
      'tool_call',
      'arguments',
      'usage',
      'stop',
    ]);
    expect(events.filter(({ kind }) => kind === 'tool_call')).toMatchObject([{ index: 0 }, { index: 1 }]);
    expect(events.at(-1)).toEqual({ kind: 'stop', stop: 'tool_calls' });
  });
});

it.each([
  ['{"error":{"code":400,"message":"Bad."}}', 'Bad.'],
  ['[{"error":{"code":400,"message":"Bad."}}]', 'Bad.'],
  ['<html>', 'The provider refused the request with status 400.'],
])('reads the refusal %s', (body, message) => {
  expect(geminiUpstream.readError(400, Buffer.from(body))).toMatchObject({ status: 400, message });
});
