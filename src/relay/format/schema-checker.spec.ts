import { SchemaChecker } from './schema-checker.js';

const checker = new SchemaChecker();
afterAll(() => checker.close());
const check = (schema: unknown, value?: unknown) =>
  checker.check(JSON.stringify(schema), value === undefined ? undefined : JSON.stringify(value));
const person = {
  type: 'object',
  required: ['name', 'constructor'],
  properties: { constructor: {}, name: { type: 'string' }, age: { type: 'integer' }, born: { format: 'date' } },
  additionalProperties: false,
};

describe(SchemaChecker, () => {
  it('says what does not fit, and where', async () => {
    expect(await check(person, { name: 'Ada', constructor: 1, born: '1815-12-10' })).toEqual({ kind: 'fits' });
    const checked = await check(person, { age: 'x', born: 'soon', nick: 1 });
    expect(checked).toMatchObject({ kind: 'unfit' });
    expect('faults' in checked && checked.faults.toSorted()).toEqual([
      '/ must NOT have additional properties: "nick"',
      "/ must have required property 'constructor'",
      "/ must have required property 'name'",
      '/age must be integer',
      '/born must match format "date"',
    ]);
  });

  it('speaks 2020-12, and the drafts before it where they are named', async () => {
    const tuple = { prefixItems: [{ type: 'number' }], items: false };
    expect(await check(tuple, ['x'])).toMatchObject({ kind: 'unfit' });
    expect(await check({ unevaluatedProperties: false }, { a: 1 })).toMatchObject({ kind: 'unfit' });
    const old = { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'number' }] };
    expect(await check(old, ['x'])).toMatchObject({ kind: 'unfit' });
  });

  it.each([
    [{ type: 'strange' }, /schema is invalid/],
    [{ $ref: 'https://example.com/schema.json' }, /can't resolve reference https:\/\/example.com/],
    [{ $ref: 'file:///etc/passwd' }, /can't resolve reference/],
    [{ pattern: '(' }, /Invalid regular expression/],
    [{ $async: true }, /\$async/],
    [{ $schema: 'https://example.com/mine' }, /no schema with key or ref/],
  ])('refuses %j as a schema', async (schema, reason) => {
    const expected = { kind: 'wrong_schema', reason: expect.stringMatching(reason) as string };
    expect(await check(schema)).toEqual(expected);
  });

  it('lets no schema see another, though both have the same name', async () => {
    const named = (type: string) => ({ $id: 'https://x.test/a', type });
    expect(await check(named('string'), 1)).toMatchObject({ kind: 'unfit' });
    expect(await check(named('number'), 1)).toEqual({ kind: 'fits' });
    expect(await check({ $ref: 'https://x.test/a' })).toMatchObject({ kind: 'wrong_schema' });
  });

  it('gives up on an expression that never ends, and serves who waits behind it', async () => {
    const hasty = new SchemaChecker(300);
    const slow = hasty.check(JSON.stringify({ pattern: '^(a+)+$' }), JSON.stringify(`${'a'.repeat(40)}!`));
    const next = hasty.check('{"type":"number"}', '1');
    expect(await Promise.all([slow, next])).toEqual([{ kind: 'too_costly' }, { kind: 'fits' }]);
    await hasty.close();
  });

  it('keeps who has to wait waiting for no more than it can hold', async () => {
    const small = new SchemaChecker();
    const checks = Array.from({ length: 1100 }, () => small.check('{}', '1'));
    await small.close();
    expect(new Set((await Promise.all(checks)).map(({ kind }) => kind))).toEqual(new Set(['busy']));
    expect(await small.check('{}', '1')).toEqual({ kind: 'fits' });
    await small.close();
  });
});
