import { DefinitionsError, readDefinitions } from './read-definitions.js';

const local = { name: 'local', driver: 'openai-compatible', baseUrl: 'http://127.0.0.1:8000/v1' };
const read = (value: unknown) => readDefinitions(JSON.stringify(value), 'providers.json');

function messageOf(text: string): string {
  try {
    readDefinitions(text, 'providers.json');
  } catch (error) {
    if (error instanceof DefinitionsError) return error.message;
    throw error;
  }
  return '';
}

describe(readDefinitions.name, () => {
  it.each([
    ['an object with a list', { providers: [local] }],
    ['a list', [local]],
  ])('reads %s', (_, value) => {
    expect(read(value)).toEqual([expect.objectContaining(local)]);
  });

  it("reads Hive's shape", () => {
    const [provider] = read({
      fireworks: { base_url: 'https://api.fireworks.ai/v1', api_key: 'fw-1', timeout: 300_000 },
    });
    expect(provider).toMatchObject({
      name: 'fireworks',
      driver: 'openai-compatible',
      baseUrl: 'https://api.fireworks.ai/v1',
      apiKey: 'fw-1',
      timeouts: { totalMs: 300_000 },
    });
  });

  it.each([
    ['something else', '7'],
    ['null', 'null'],
    ['an object of texts', '{"a":"b"}'],
    ['a list of texts', '["a"]'],
    ['no JSON', '{"apiKey": "sk-secret",}'],
  ])('refuses %s', (_, text) => {
    expect(messageOf(text)).toMatch(/^The providers in providers\.json are wrong/);
  });

  it('names every problem at once, and never a credential', () => {
    const message = messageOf(
      JSON.stringify([
        { ...local, name: 'a b' },
        { ...local, name: 'two', apiKey: 'sk secret', driver: 'x' },
        { ...local, name: 'three', apiKey: 'sk-secret', credential: 'env:A' },
        { ...local, name: 'four', prices: { default: 1 } },
        { ...local, name: 'five', timeouts: { totalMs: 'long' } },
      ]),
    );
    for (const part of ['"a b"', '"two": apiKey', '"two": driver', '"three": give apiKey', '"four": property prices']) {
      expect(message).toContain(part);
    }
    expect(message).toContain('"five": totalMs');
    expect(message).not.toMatch(/sk.secret/);
  });

  it('refuses a name that is there twice', () => {
    expect(messageOf(JSON.stringify([local, local]))).toContain('"local" is defined twice');
  });
});
