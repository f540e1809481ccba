import { jsonInText } from './json-in-text.js';

describe(jsonInText, () => {
  it.each([
    ['{"a": 12345678901234567890}', '{"a": 12345678901234567890}'],
    [' "text" ', '"text"'],
    ['Sure:\n```json\n{"a":1}\n```\nDone.', '{"a":1}'],
    ['```\n[1]\n```', '[1]'],
    ['Here is {"a":{"b":"}"}} for you.', '{"a":{"b":"}"}}'],
    ['The list is [1, [2]].', '[1, [2]]'],
    ['```json\n{"code":"```js\\n1\\n```"}\n```', '{"code":"```js\\n1\\n```"}'],
    ['No JSON here.', undefined],
    ['{"a":', undefined],
    ['', undefined],
  ])('finds in %j: %j', (text, json) => {
    expect(jsonInText(text)).toBe(json);
  });
});
