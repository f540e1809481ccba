import type { Operation } from '../../snapshot/snapshot.js';
import { readAnswer } from './plain-answer.js';

describe(readAnswer.name, () => {
  const usageOf = (operation: Operation, body: object) =>
    readAnswer({ operation, dialect: 'openai-responses' }, Buffer.from(JSON.stringify(body)), null).usage;

  it('counts the searches of a response, which its usage does not have', () => {
    const output = [
      { type: 'web_search_call', id: 'ws_1', status: 'completed' },
      { type: 'message', content: [{ type: 'output_text', text: '"type":"web_search_call"' }] },
      { id: 'ws_2', type: 'web_search_call' },
    ];
    const usage = { input_tokens: 4, output_tokens: 2 };
    expect(usageOf('responses', { output, usage })).toMatchObject({ input_tokens: 4, searches: 2 });
    expect(usageOf('responses', { output: output.slice(1, 2), usage })).toMatchObject({ searches: 0 });
  });

  it.each([
    ['pictures, when nothing else is said', {}, 4160],
    ['what the details say', { output_tokens_details: { image_tokens: 4000, text_tokens: 160 } }, 4000],
  ])('takes the output of a model for pictures for %s', (_, details, tokens) => {
    const usage = { input_tokens: 50, output_tokens: 4160, ...details };
    const read = usageOf('image', { created: 1, data: [{ b64_json: 'AA==' }], usage });
    expect(read).toMatchObject({ images: 1, output_tokens: 4160, image_output_tokens: tokens });
  });
});
