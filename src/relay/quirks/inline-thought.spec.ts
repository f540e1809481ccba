import { InlineThought } from './inline-thought.js';

function through(text: string, size: number): string {
  const thought = new InlineThought();
  let out = '';
  for (let at = 0; at < text.length; at += size) out += thought.push(text.slice(at, at + size));
  return out + thought.end();
}

describe(InlineThought.name, () => {
  it.each([
    ['<think>Hm.</think>Bees dance.', 'Bees dance.'],
    ['\n <think>\nHm < x\n</think>\n\nBees dance. ', 'Bees dance. '],
    ['<think></think>Bees', 'Bees'],
    ['<think>never ends', ''],
    ['<think>ends</think>', ''],
    ['No thought.', 'No thought.'],
    ['  indented', '  indented'],
    ['<thin', '<thin'],
    ['<thinking>x</thinking>', '<thinking>x</thinking>'],
    ['Say <think>x</think>.', 'Say <think>x</think>.'],
    ['<think>a</think>b<think>c</think>', 'b<think>c</think>'],
    ['', ''],
  ])('makes of %j just %j, whatever its pieces', (text, expected) => {
    for (const size of [1, 2, 3, 5, 8, 100]) expect(through(text, size), `pieces of ${size}`).toBe(expected);
  });
});
