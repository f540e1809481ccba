import { conditionProblem } from './condition-problem.js';

const tools = { when: 'tools', is: true };
const nested = (depth: number): object => (depth === 1 ? tools : { all: [nested(depth - 1)] });

describe(conditionProblem, () => {
  it.each([
    tools,
    {
      all: [
        tools,
        {
          any: [
            { when: 'input_tokens', min: 10, max: 20 },
            { when: 'messages', max: 3 },
          ],
        },
      ],
    },
    { when: 'response_format', in: ['json_schema'] },
    { when: 'header', key: 'x-tier', in: ['gold'] },
    { when: 'metadata', key: 'user', isPresent: false },
    { when: 'token', in: ['checkout service'] },
    { when: 'time', from: '22:00', to: '06:00', days: ['sat'], timeZone: 'Europe/Berlin' },
    nested(6),
  ])('accepts %j', (condition) => {
    expect(conditionProblem(condition)).toBeUndefined();
  });

  it.each([
    [null, /objects/],
    [{}, /"when" as one of input_tokens/],
    [{ when: 'constructor' }, /"when" as one of/],
    [{ all: [] }, /with a list/],
    [{ all: [tools], any: [tools] }, /alone/],
    [{ all: [tools], when: 'tools' }, /alone/],
    [{ when: 'tools' }, /"is" as true or false/],
    [{ when: 'tools', is: true, not: true }, /must not have "not"/],
    [{ when: 'input_tokens' }, /"min" or "max"/],
    [{ when: 'input_tokens', min: 2, max: 1 }, /"min" above "max"/],
    [{ when: 'input_tokens', min: '2' }, /whole numbers/],
    [{ when: 'response_format', in: ['xml'] }, /must be of text/],
    [{ when: 'header', key: 'Authorization', in: ['x'] }, /lower case/],
    [{ when: 'header', key: 'authorization', in: ['x'] }, /must not name authorization/],
    [{ when: 'header', key: 'x-a', in: ['x'], isPresent: true }, /either "in" or "isPresent"/],
    [{ when: 'metadata', key: 'a\0', isPresent: true }, /"key" as a text/],
    [{ when: 'token', in: [] }, /list of up to/],
    [{ when: 'time', from: '24:00', to: '06:00', timeZone: 'UTC' }, /HH:MM/],
    [{ when: 'time', from: '23:00', to: '06:00', timeZone: 'Europe/Atlantis' }, /IANA/],
    [{ when: 'time', from: '23:00', to: '06:00', timeZone: 'UTC', days: ['someday'] }, /"days" as some of/],
    [nested(7), /deeper than 6/],
    [{ all: Array.from({ length: 50 }, () => tools) }, /at most 50 parts/],
  ])('refuses %j', (condition, problem) => {
    expect(conditionProblem(condition)).toMatch(problem);
  });
});
