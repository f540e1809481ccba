import { expectTruthfulMessage } from './message-invariants.js';
import { expectTruthfulResponse } from './response-invariants.js';
import { completionsAsChat, expectTruthfulStream } from './stream-invariants.js';

/**
 * Every stream that any test reads of the gateway to its end is checked for what the gateway promises of streams,
 * whichever client reads it: they all use `fetch`. A test that breaks the promise on purpose has nothing to read here.
 */
const wrong: unknown[] = [];
const { fetch: plainFetch } = globalThis;

const CHECKS: readonly (readonly [path: string, check: (body: string) => unknown])[] = [
  ['/v1/chat/completions', (body) => expectTruthfulStream(body, isFailed(body) ? 'failed' : 'complete')],
  ['/v1/chat', (body) => expectTruthfulStream(body, isFailed(body) ? 'failed' : 'complete')],
  ['/v1/completions', (body) => expectTruthfulStream(completionsAsChat(body), isFailed(body) ? 'failed' : 'complete')],
  ['/v1/messages', (body) => expectTruthfulMessage(body, body.includes('event: error') ? 'failed' : 'complete')],
  ['/v1/responses', expectTruthfulResponse],
];

globalThis.fetch = async (...request) => {
  const answer = await plainFetch(...request);
  const check = checkFor(answer);
  return check ? watched(answer, check) : answer;
};

afterEach(() => {
  const [first] = wrong.splice(0);
  if (first) throw first;
});

function checkFor({ url, headers, body }: Response): ((body: string) => unknown) | undefined {
  const isOurs = headers.has('x-waggle-profile') && body !== null;
  if (!isOurs || !headers.get('content-type')?.startsWith('text/event-stream')) return undefined;
  const { pathname } = new URL(url);
  return CHECKS.find(([path]) => path === pathname)?.[1];
}

function watched(answer: Response, check: (body: string) => unknown): Response {
  const decoder = new TextDecoder();
  let text = '';
  const watch = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      text += decoder.decode(chunk, { stream: true });
      controller.enqueue(chunk);
    },
    flush() {
      try {
        check(text + decoder.decode());
      } catch (error) {
        wrong.push(error);
      }
    },
  });
  const { status, statusText, headers, url } = answer;
  const copy = new Response(answer.body!.pipeThrough(watch), { status, statusText, headers });
  return Object.defineProperty(copy, 'url', { value: url });
}

function isFailed(body: string): boolean {
  return /^data: ?\{"error":/m.test(body);
}
