import { chunk, FIRST, LAST, USAGE_CHUNK } from '../../support/chat-fixtures.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';
import { sse, type Exchange } from '../../support/stub-upstream.js';

const WORDS = ['A ', 'waggle ', 'dance ', 'tells ', 'the ', 'hive ', 'where ', 'to ', 'fly', '.'];
const RECORDED = [
  ...[FIRST, ...WORDS.map((content) => chunk({ content })), LAST, USAGE_CHUNK].map(sse),
  'data: [DONE]\n\n',
];
const USAGE = RECORDED.indexOf(sse(USAGE_CHUNK));

describe('a recorded stream that is cut', () => {
  let ground: RelayGround;

  beforeAll(async () => {
    ground = await startRelayGround();
    return () => ground.close();
  });

  const cut = async ({ response }: Exchange, frames: number, rest: string): Promise<void> => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    response.write(RECORDED.slice(0, frames).join('') + rest);
    await new Promise((resolve) => response.socket!.write('', resolve));
    response.socket!.end(); // what was written arrives, then the end of the connection
  };

  it.each(RECORDED.flatMap((frame, index) => [[index, ''] as const, [index, frame.slice(0, -5)] as const]))(
    'after frame %i and %j never ends cleanly, and is booked in part',
    async (frames, rest) => {
      const model = `cut-${frames}-${rest.length}`;
      ground.route({ name: model });
      const answer = ground.post(PATH, { model, stream: true });
      await cut(await ground.upstream.next(), frames, rest);
      if (frames === 0) await cut(await ground.upstream.next(), frames, rest); // nothing came: it is tried again
      const response = await answer;
      const text = await response.text();
      const row = await ground.row(response);

      expect(text).not.toContain('[DONE]');
      expect(text).toContain('"code":"upstream_error"');
      expect(response.status).toBe(frames === 0 ? 502 : 200);
      expect(row).toMatchObject({ outcome: 'cut', error_code: 'upstream_error' });
      expect(row.tries.map(({ outcome, error_class }) => [outcome, error_class])).toEqual(
        Array.from({ length: frames === 0 ? 2 : 1 }, () => ['cut', 'network']),
      );
      expect(row.usage_source).toBe(frames > USAGE ? 'provider' : frames > 1 ? 'estimated' : 'none');
      expect(row.output_tokens > 0).toBe(frames > 1);
    },
  );
});

const PATH = '/v1/chat/completions';
