import { createHash } from 'node:crypto';
import type { AnswerCache, CachedAnswer } from '../cache/answer-cache.js';
import type { InFlight } from '../client/in-flight.js';
import { sendHead, sendWhole } from './answer.js';
import type { Call } from './call.js';
import { RecordedAnswer, type Recording } from './recorded-answer.js';
import { costSum } from './request-row.js';
import type { Settle } from './settle.js';

const MS_PER_SECOND = 1000;
/** Headers of clients that change what an upstream answers. */
const DECISIVE_HEADERS = ['anthropic-version', 'anthropic-beta', 'openai-beta'] as const;
/** Members that tie an answer to what the upstream keeps of others. */
const STATEFUL_MEMBERS = ['previous_response_id', 'conversation', 'background'] as const;

/** What the stage needs of the house. */
export interface CachedParts {
  readonly cache: AnswerCache;
  readonly settle: Settle;
  readonly inFlight: InFlight;
}

/** What a client says about the cache, with `cache-control`. */
interface Controls {
  /** Whether an earlier answer will do. */
  readonly mayRead: boolean;
  /** Whether the answer may be kept for others. */
  readonly mayStore: boolean;
}

/** Answers the same request to a profile that caches from memory; else has it answered, and keeps that. */
export class Cached {
  constructor(private readonly parts: CachedParts) {}

  async run(call: Call, work: () => Promise<void>): Promise<void> {
    const { mayRead, mayStore } = controlsOf(call);
    const key = mayRead || mayStore ? keyOf(call) : undefined;
    call.cacheState = 'bypass';
    if (key === undefined) return work();
    const found = mayRead ? this.parts.cache.find(key, call.startedAt) : undefined;
    if (found) return this.hit(call, found.answer, found.ageSeconds);
    if (mayRead) call.cacheState = 'miss';
    return mayStore ? this.recorded(call, key, work) : work();
  }

  private async hit(call: Call, { status, headers, body, costPicos }: CachedAnswer, age: number): Promise<void> {
    const { settle, inFlight } = this.parts;
    call.cacheState = 'hit';
    call.served = { from: 'cache', savedPicos: costPicos };
    call.capture?.add(body, headers['content-type'] ?? 'application/json');
    call.firstByteMark = performance.now();
    await settle.run(call, { status, outcome: 'ok', errorCode: null, errorMessage: null });
    if (call.response.destroyed) return;
    sendHead(call, inFlight, status, { ...headers, age: String(age) });
    await sendWhole(call.response, body);
  }

  private async recorded(call: Call, key: string, work: () => Promise<void>): Promise<void> {
    const { cache, inFlight } = this.parts;
    const client = call.response;
    const answer = new RecordedAnswer(client, {
      maxBytes: cache.maxBodyBytes,
      hold: (bytes) => {
        call.heldBytes += bytes;
        inFlight.hold(bytes);
      },
      overflow: () => {},
    });
    call.response = answer;
    try {
      await work();
    } finally {
      call.response = client; // what goes wrong is told by others
    }
    this.keep(call, key, answer.recording);
    await answer.finish();
  }

  private keep(call: Call, key: string, recording: Recording | undefined): void {
    const { profile, attempts, ended, startedAt: now } = call;
    if (!recording || ended?.outcome !== 'ok' || ended.errorCode !== null || call.cutBy || !profile?.cacheSeconds)
      return;
    const answer = { ...recording, costPicos: costSum(attempts) };
    this.parts.cache.put(key, answer, { now, expiresAt: now + profile.cacheSeconds * MS_PER_SECOND });
  }
}

function controlsOf({ request: { headers } }: Call): Controls {
  const said = headers['cache-control'] ?? '';
  const mayStore = !/\bno-store\b/i.test(said);
  return { mayStore, mayRead: mayStore && !/\bno-cache\b/i.test(said) };
}

/**
 * Whose request it is, what it goes to and all that it says. `undefined` for one whose answer is its own: a form, or one
 * that refers to what the upstream keeps.
 */
function keyOf({ token, profile, body, endpoint, request, candidates, format }: Call): string | undefined {
  const members = body?.canonical;
  if (!token || !profile || !body || !members) return undefined;
  if (STATEFUL_MEMBERS.some((name) => body.slice(name) !== undefined)) return undefined;
  const { dialect, operation, path = '' } = endpoint;
  const models = candidates.map(({ model }) => `${model.id}/${model.upstreamId}`).toSorted();
  const headers = DECISIVE_HEADERS.map((name) => String(request.headers[name] ?? ''));
  const where = [
    token.tenantId,
    token.projectId,
    profile.id,
    profile.revisionId,
    dialect,
    operation,
    path,
    format?.key,
  ];
  const hash = createHash('sha256').update(JSON.stringify([where, models, headers]));
  for (const part of members) hash.update(part);
  return hash.digest('base64');
}
