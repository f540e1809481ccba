import { markdownIn, plainText } from './markdown.js';

describe(plainText, () => {
  it.each([
    ['# Title\n\nSome **bold**, *slanted* and ***both***.', 'Title\n\nSome bold, slanted and both.'],
    ['* one\n+ two\n- three', '- one\n- two\n- three'],
    ['2 * 3 * 4, snake_case_name, C# and a#b', '2 * 3 * 4, snake_case_name, C# and a#b'],
    ['Run `a * b * c` and __init__ it', 'Run a * b * c and init it'],
    ['```js\nconst a = "**b**"; // # c\n```\nend', 'const a = "**b**"; // # c\nend'],
    ['See [the page](https://x.test/a) ![](pic.png)', 'See the page (https://x.test/a) pic.png'],
    ['> quoted\n>> twice  ', 'quoted\ntwice'],
    ['ünïcode **Größe** 漢字', 'ünïcode Größe 漢字'],
  ])('reads %j as %j', (markdown, text) => {
    expect(plainText(markdown)).toBe(text);
  });

  it('is quick whatever comes', () => {
    const lines = ['**', '[', '_', '`', '![](', '*a'].map((mark) => mark.repeat(9_000 / mark.length));
    const started = performance.now();
    plainText(Array.from({ length: 40 }, () => lines.join('\n')).join('\n'));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe(markdownIn, () => {
  it('takes an answer out of a fence that is around all of it', () => {
    expect(markdownIn('\n```markdown\n# A\n```\n')).toBe('# A');
    expect(markdownIn('```js\n1\n```')).toBe('```js\n1\n```');
    expect(markdownIn('```md\na\n```\nb\n```\nc\n```')).toBe('```md\na\n```\nb\n```\nc\n```');
  });
});
