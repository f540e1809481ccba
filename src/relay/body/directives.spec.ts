import { readDirective, withoutDirective } from './directives.js';

const read = (text: string) => {
  const said = readDirective(text);
  return said && Object.fromEntries(said);
};

describe('directives', () => {
  it.each<[string, Record<string, string> | undefined, string]>([
    ['@@waggle mode=cheap budget=0.01\nHello', { mode: 'cheap', budget: '0.01' }, 'Hello'],
    ['Please. @@tokenhub mode=planning', { mode: 'planning' }, 'Please.'],
    ['@@waggle\nmode=normal\nprefer=a, b=c\n@@end\nHello', { mode: 'normal', prefer: 'a, b=c' }, 'Hello'],
    ['@@waggle\nmode=normal\nHello', undefined, '@@waggle\nmode=normal\nHello'],
    ['@@waggled mode=cheap', undefined, '@@waggled mode=cheap'],
    ['Hello', undefined, 'Hello'],
    [`${'x'.repeat(2048)}@@waggle mode=cheap`, undefined, `${'x'.repeat(2048)}@@waggle mode=cheap`],
    ['@@waggle nonsense =x mode=\nHello', { mode: '' }, 'Hello'],
  ])('of %j say %j and leave %j', (text, said, rest) => {
    expect(read(text)).toEqual(said);
    expect(withoutDirective(text)).toBe(rest);
  });
});
