import fc from 'fast-check';
import type { JsonObject } from '../../snapshot/snapshot.js';
import { JsonBody } from './json-body.js';
import { JsonScanError, scanArray, scanObject } from './json-scan.js';
import { shapeBody, type BodyShape } from './shape-body.js';
import { runs } from '../../../test/support/runs.js';

const plain: BodyShape = {
  operation: 'chat',
  dialect: 'openai-chat',
  model: 'up',
  includeUsage: false,
  modelDefaults: null,
  policy: null,
};
const shaped = (text: string, shape: Partial<BodyShape> = {}) =>
  Buffer.concat(shapeBody(JsonBody.read(Buffer.from(text)), { ...plain, ...shape })).toString();
const policy = (given: Partial<NonNullable<BodyShape['policy']>>) => ({
  policy: { defaults: {}, overrides: {}, systemPrompt: null, ...given },
});

const jsonObject = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }));
const spacing = fc.constantFrom(undefined, 1, '\t');

describe(scanObject.name, () => {
  it('finds in any JSON object exactly the members that JSON.parse finds', () => {
    fc.assert(
      fc.property(jsonObject, spacing, (object, space) => {
        const raw = Buffer.from(JSON.stringify(object, null, space));
        const found = [...scanObject(raw)].map(([key, { start, end }]) => [
          key,
          JSON.parse(raw.toString('utf8', start, end)),
        ]);
        expect(Object.fromEntries(found)).toEqual(JSON.parse(raw.toString()));
      }),
    );
  });

  it('never reads a member where strict JSON sees another object', () => {
    fc.assert(
      fc.property(jsonObject, fc.nat(), fc.constantFrom(...'{}[]",:\\ /*\'x1'), (object, place, intruder) => {
        const text = JSON.stringify(object);
        const at = place % (text.length + 1);
        const broken = text.slice(0, at) + intruder + text.slice(at);
        const strict = parsed(broken);
        if (strict === undefined) return;
        const found = namesIn(broken);
        if (found) expect(found.toSorted()).toEqual(Object.keys(strict as object).toSorted());
      }),
      { numRuns: runs(2000) },
    );
  });

  it.each([
    ['a list', '[]'],
    ['nothing', ''],
    ['a text', '"x"'],
    ['a comment', '{"a":1 /* c */}'],
    ['a comment inside', '{"a":[1,/*"*/2]}'],
    ['single quotes', "{'a':1}"],
    ['a name twice', '{"model":"a","model":"b"}'],
    ['a name twice, once escaped', String.raw`{"model":"a","mod\u0065l":"b"}`],
    ['a second object', '{"a":1}{"a":2}'],
    ['crossed brackets', '{"a":[}]'],
    ['an open string', '{"a":"b'],
    ['an escaped last quote', String.raw`{"a":"b\"}`],
    ['a comma too many', '{"a":1,}'],
    ['a missing comma', '{"a":1 "b":2}'],
    ['a missing value', '{"a":}'],
    ['deep nesting', `{"a":${'['.repeat(600)}${']'.repeat(600)}}`],
  ])('refuses %s', (_, text) => {
    expect(() => scanObject(Buffer.from(text))).toThrow(JsonScanError);
  });

  it('finds the elements of an array', () => {
    const raw = Buffer.from('[1, "a]", {"b":[2]} ,[]]');
    const texts = scanArray(raw, { start: 0, end: raw.length }).map(({ start, end }) =>
      raw.toString('utf8', start, end),
    );
    expect(texts).toEqual(['1', '"a]"', '{"b":[2]}', '[]']);
  });
});

describe(shapeBody.name, () => {
  it('changes the name of the model and not one other byte', () => {
    expect(shaped('{ "temperature": 1.0,\n "model" : "p" ,"seed":12345678901234567890, "x":"\\u00e9"}')).toBe(
      '{ "temperature": 1.0,\n "model" : "up" ,"seed":12345678901234567890, "x":"\\u00e9"}',
    );
  });

  it.each([
    ['{"model":"p"}', '{"model":"up","stream_options":{"include_usage":true}}'],
    ['{"model":"p","stream_options":null}', '{"model":"up","stream_options":{"include_usage":true}}'],
    ['{"model":"p","stream_options":{}}', '{"model":"up","stream_options":{"include_usage":true}}'],
    [
      '{"model":"p","stream_options":{"include_usage":false}}',
      '{"model":"up","stream_options":{"include_usage":true}}',
    ],
    [
      '{"model":"p","stream_options":{"include_obfuscation":false}}',
      '{"model":"up","stream_options":{"include_obfuscation":false,"include_usage":true}}',
    ],
  ])('asks for usage in %s', (given, expected) => {
    expect(shaped(given, { includeUsage: true })).toBe(expected);
  });

  it.each([
    ['{"model":"p"}', '{"model":"up","max_tokens":9}'],
    ['{ "messages":[{}] ,"model":"p" }\n ', '{ "messages":[{}] ,"model":"up" ,"max_tokens":9}\n '],
    ['{"max_tokens": 100,"model":"p","x":{}}', '{"max_tokens": 9,"model":"up","x":{}}'],
    ['{"model":"p","max_tokens":null}', '{"model":"up","max_tokens":9}'],
    ['{"messages":[]}', '{"messages":[],"model":"up","max_tokens":9}'],
  ])('holds the answer to %s to a maximum', (given, expected) => {
    const maximum = { member: 'max_tokens', tokens: 9 } as const;
    expect(shaped(given, { maximum })).toBe(expected);
    const both = { max_tokens: 50 };
    const edited = shaped(given, { ...policy({ defaults: { ...both, a: 1 }, overrides: both }), maximum });
    expect(JSON.parse(edited)).toEqual({ ...(JSON.parse(expected) as object), a: 1 });
  });

  it('changes a large body as it does a small one, and copies none of it', () => {
    const more = { ...policy({ defaults: { a: 1 }, overrides: { seed: 2 } }), includeUsage: true };
    const text = (size: number) => `{"model":"p","seed":1,"messages":"${'x'.repeat(size)}","stream_options":{}}`;
    const raw = Buffer.from(text(100_000));
    const pieces = shapeBody(JsonBody.read(raw), { ...plain, ...more });
    expect(Buffer.concat(pieces).toString()).toBe(shaped(text(10), more).replace('x'.repeat(10), 'x'.repeat(100_000)));
    expect(pieces.filter(({ length }) => length > 1000).map(({ buffer }) => buffer)).toEqual([raw.buffer]);
  });

  it('fills what the caller left out, and keeps what it said, even null', () => {
    const defaults = { temperature: 0.5, top_p: 0.9, reasoning: { effort: 'low', summary: 'auto' } };
    const text = '{"model":"p","top_p":null,"reasoning":{"effort":"high"}}';
    expect(JSON.parse(shaped(text, policy({ defaults })))).toEqual({
      model: 'up',
      top_p: null,
      temperature: 0.5,
      reasoning: { effort: 'high', summary: 'auto' },
    });
  });

  it('fills a member that is named like one which every object inherits', () => {
    const shape = policy({ overrides: { a: {} }, defaults: { a: { valueOf: false } } });
    expect(shaped('{"model":"p"}', shape)).toBe('{"model":"up","a":{"valueOf":false}}');
  });

  it('overrides what the caller said, and leaves the rest', () => {
    const overrides = { max_tokens: 10, reasoning: { effort: 'low' } };
    const text = '{"model":"p","max_tokens":99,"reasoning":{"effort":"high","budget":1.50}}';
    expect(shaped(text, policy({ overrides }))).toBe(
      '{"model":"up","max_tokens":10,"reasoning":{"effort":"low","budget":1.50}}',
    );
  });

  it('prefers override to default, and the profile to the model', () => {
    const shape = { ...policy({ overrides: { a: 1 }, defaults: { a: 2, b: 2 } }), modelDefaults: { a: 3, b: 3, c: 3 } };
    expect(JSON.parse(shaped('{"model":"p"}', shape))).toEqual({ model: 'up', a: 1, b: 2, c: 3 });
  });

  it('merges like plain objects do, for any body and policy', () => {
    fc.assert(
      fc.property(jsonObject, jsonObject, jsonObject, (body, overrides, defaults) => {
        const text = JSON.stringify({ ...body, model: 'p' });
        const shape = policy({ overrides: without(overrides), defaults: without(defaults) });
        const expected = fill(override(JSON.parse(text), shape.policy.overrides), shape.policy.defaults);
        expect(JSON.parse(shaped(text, shape))).toEqual({ ...expected, model: 'up' });
      }),
      { numRuns: runs(500) },
    );
  });

  const system = { role: 'system', content: 'Be kind.' };
  const user = { role: 'user', content: 'Hi' };
  const other = { role: 'developer', content: 'Be terse.' };
  it.each([
    ['prepend', [user], [system, user]],
    ['append', [user], [user, system]],
    ['replace', [user, other], [user, system]],
    ['replace', [user], [system, user]],
    ['prepend', [], [system]],
    ['prepend', [system, user], [system, user]],
  ] as const)('puts a system prompt by %s', (position, messages, expected) => {
    const text = JSON.stringify({ model: 'p', messages });
    const result = shaped(text, policy({ systemPrompt: { text: 'Be kind.', position } }));
    expect(JSON.parse(result)).toEqual({ model: 'up', messages: expected });
  });

  it.each([
    ['{"model":"p"}', 'Be kind.'],
    ['{"model":"p","instructions":"Be terse."}', 'Be kind.\n\nBe terse.'],
    ['{"model":"p","instructions":null}', 'Be kind.'],
  ])('puts a system prompt into the instructions of %s', (text, instructions) => {
    const shape = policy({ systemPrompt: { text: 'Be kind.', position: 'prepend' } });
    expect(JSON.parse(shaped(text, { ...shape, operation: 'responses', dialect: 'openai-responses' }))).toEqual({
      model: 'up',
      instructions,
    });
  });
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function namesIn(text: string): string[] | undefined {
  try {
    return [...scanObject(Buffer.from(text)).keys()];
  } catch (error) {
    if (error instanceof JsonScanError) return undefined;
    throw error;
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a policy may hold, without the one name that these merges of plain objects can't give a member. */
function without(object: Record<string, unknown>): JsonObject {
  const { model: _, ...others } = object;
  return JSON.parse(JSON.stringify(others), (name, value: unknown) =>
    name === '__proto__' ? undefined : value,
  ) as JsonObject;
}

function override(target: JsonObject, by: JsonObject): JsonObject {
  const result = { ...target };
  for (const [key, value] of Object.entries(by)) {
    const old = Object.hasOwn(target, key) ? target[key] : undefined;
    result[key] = isObject(old) && isObject(value) ? override(old, value) : value;
  }
  return result;
}

function fill(target: JsonObject, by: JsonObject): JsonObject {
  const result = { ...target };
  for (const [key, value] of Object.entries(by)) {
    if (!Object.hasOwn(target, key)) result[key] = value;
    else if (isObject(target[key]) && isObject(value)) result[key] = fill(target[key], value);
  }
  return result;
}
