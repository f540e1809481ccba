import { PLAIN, ToolNames } from '../quirks/plain-names.js';
import type { AnswerEvent } from './conversation.js';
import { ShownToolsWriter } from './plain-tools.js';

describe('a stream of calls whose tools had to be renamed', () => {
  it('has the names that the client knows, and ends with all that its end has to tell', () => {
    const names = new ToolNames(PLAIN);
    const plain = names.toUpstream('find.bees');
    const write = (event: AnswerEvent) => `${JSON.stringify(event)}\n`;
    const writer = new ShownToolsWriter({ write, end: (note) => `end ${JSON.stringify(note)}` }, names);
    expect(writer.write({ kind: 'tool_call', index: 0, id: 'a', name: plain })).toContain('"find.bees"');
    expect(writer.end({ code: 'output_limit' })).toBe('end {"code":"output_limit"}');
  });
});
