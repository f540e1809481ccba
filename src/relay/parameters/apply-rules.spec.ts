import fc from 'fast-check';
import type { ModelEntry } from '../../snapshot/snapshot.js';
import { applyRules } from './apply-rules.js';
import { rulesFor, type ParameterRules } from './parameter-rules.js';

const modelOf = (upstreamId: string): ModelEntry => ({ upstreamId }) as ModelEntry;
const applied = (text: string, rules: ParameterRules) => {
  const { body, refused, ...rest } = applyRules(Buffer.from(text), rules);
  expect(refused).toEqual([]);
  return { text: body.toString(), ...rest };
};

describe(applyRules.name, () => {
  const reasoning = rulesFor('openai', modelOf('o4-mini'))!;

  it.each([
    ['{"model":"m","max_tokens":5}', '{"model":"m","max_completion_tokens":5}', []],
    ['{ "temperature" : 0.3, "a":1.0 }', '{ "a":1.0 }', ['temperature']],
    ['{"a":1.0 , "temperature":0.3}', '{"a":1.0}', ['temperature']],
    ['{"temperature":0.3,"top_p":0.1}', '{}', ['temperature', 'top_p']],
    ['{"a":1,"temperature":0.3,"top_p":0.1,"b":2}', '{"a":1,"b":2}', ['temperature', 'top_p']],
    ['{"temperature":0.3,"b":2,"top_p":0.1}', '{"b":2}', ['temperature', 'top_p']],
    ['{"temperature":1,"logprobs":false,"top_p":null}', '{"temperature":1,"logprobs":false,"top_p":null}', []],
    ['{"max_tokens":5,"max_completion_tokens":7}', '{"max_completion_tokens":7}', []],
    ['{"messages":[{"temperature":0.3}]}', '{"messages":[{"temperature":0.3}]}', []],
  ])('makes of %s %s', (text, expected, dropped) => {
    expect(applied(text, reasoning)).toEqual({ text: expected, dropped, changed: [] });
  });

  it('keeps values within bounds', () => {
    const rules: ParameterRules = new Map([['temperature', { kind: 'clamp', min: 0, max: 1 }]]);
    expect(applied('{"temperature": 1.7 }', rules)).toEqual({
      text: '{"temperature": 1 }',
      dropped: [],
      changed: ['temperature'],
    });
    expect(applied('{"temperature":0.70}', rules)).toEqual({ text: '{"temperature":0.70}', dropped: [], changed: [] });
  });

  it('refuses what would make another answer if it were left out', () => {
    const { refused } = applyRules(Buffer.from('{"stop":["a"],"top_p":0.1}'), reasoning);
    expect(refused).toEqual(['stop']);
    expect(applyRules(Buffer.from('{"stop":null}'), reasoning).refused).toEqual([]);
  });

  it('leaves every other member as it was, whatever stands where', () => {
    const names = ['temperature', 'top_p', 'logit_bias', 'max_tokens', 'a', 'b', 'c'];
    const body = fc
      .uniqueArray(fc.constantFrom(...names))
      .chain((keys) =>
        fc.tuple(...keys.map((key) => fc.jsonValue({ maxDepth: 1 }).map((value) => [key, value] as const))),
      );
    fc.assert(
      fc.property(body, (entries) => {
        const given = Object.fromEntries(entries);
        const { text, dropped } = applied(JSON.stringify(given), reasoning);
        const { max_tokens: maximum, ...rest } = given;
        const kept = Object.entries(rest).filter(([name]) => !dropped.includes(name));
        const renamed =
          maximum === undefined ? {} : { [maximum === null ? 'max_tokens' : 'max_completion_tokens']: maximum };
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ ...Object.fromEntries(kept), ...renamed })));
      }),
    );
  });
});

describe(rulesFor.name, () => {
  it.each([
    ['openai', 'o3', true],
    ['openai', 'ft:o4-mini:acme', true],
    ['azure-openai', 'GPT-5-mini', true],
    ['openai', 'gpt-5-chat-latest', false],
    ['openai', 'gpt-4o', false],
    ['openai-compatible', 'o3', false],
    ['openai-compatible', 'moonshotai/kimi-k2', true],
    ['cohere', 'command-a-03-2025', true],
    ['anthropic', 'claude-opus-5', false],
  ])('has rules for %s %s: %j', (driver, name, has) => {
    expect(rulesFor(driver, modelOf(name)) !== null).toBe(has);
  });
});
