import { Injectable } from '@nestjs/common';
import { Agent, request, type Dispatcher } from 'undici';
import type { JsonObject, ProviderTimeouts } from '../../snapshot/snapshot.js';
import type { Sign } from '../drivers/signer.js';
import { Egress } from '../egress/egress.service.js';
import { verdictOfError, verdictOfStatus, type Verdict } from './verdicts.js';

/** Whom to ask, and as whom. */
export interface ProbeTarget {
  readonly origin: string;
  readonly basePath: string;
  /** Lower-case names; the credential's are among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeouts: ProviderTimeouts;
  /** Signs each question, for drivers that want that. */
  readonly sign?: Sign | undefined;
  /** Never to be seen in a detail. */
  readonly credential: string | null;
}

/** One exchange with a provider. */
export interface ProbeAnswer {
  readonly verdict: Verdict;
  /** `null` when there was no answer. */
  readonly status: number | null;
  readonly latencyMs: number;
  /** Safe to show: what went wrong, in the provider's words or the system's. */
  readonly detail: string | null;
  /** The parsed body of a success. */
  readonly json: unknown;
}

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const MAX_DETAIL = 300;
/** An operator waits for it. */
const PATIENCE_MS = 60_000;

/** Asks providers single questions, within the egress rules, on connections of its own. */
@Injectable()
export class Probe {
  constructor(private readonly egress: Egress) {}

  /** Sends a GET, or a POST when there is a body. Bad news is in the answer: it never throws. */
  async ask(target: ProbeTarget, path: string, body?: JsonObject): Promise<ProbeAnswer> {
    const { timeouts } = target;
    const agent = new Agent({ connect: this.egress.connector({ timeout: timeouts.connectMs }), connections: 1 });
    const startedAt = performance.now();
    const since = () => Math.round(performance.now() - startedAt);
    try {
      const signed = await signatureOf(target, path, body);
      const response = await request(target.origin + target.basePath + path, {
        dispatcher: agent,
        method: body ? 'POST' : 'GET',
        headers: {
          accept: 'application/json',
          ...(body && { 'content-type': 'application/json' }),
          ...target.headers,
          ...signed,
        },
        body: body ? JSON.stringify(body) : null,
        headersTimeout: Math.min(timeouts.firstByteMs, PATIENCE_MS),
        bodyTimeout: Math.min(timeouts.idleMs, PATIENCE_MS),
        signal: AbortSignal.timeout(Math.min(timeouts.totalMs, PATIENCE_MS)),
      });
      return read(target, response.statusCode, await textOf(response.body), since());
    } catch (error) {
      const detail = error instanceof Error ? error.message || error.name : String(error);
      return {
        verdict: verdictOfError(error),
        status: null,
        latencyMs: since(),
        detail: shown(target, detail),
        json: null,
      };
    } finally {
      await agent.destroy();
    }
  }
}

async function signatureOf(
  { sign, origin, basePath, headers }: ProbeTarget,
  path: string,
  body: JsonObject | undefined,
): Promise<Readonly<Record<string, string>>> {
  const sent = Buffer.from(body ? JSON.stringify(body) : '');
  return sign ? sign({ origin, path: basePath + path, method: body ? 'POST' : 'GET', headers, body: sent }) : {};
}

function read(target: ProbeTarget, status: number, text: string | undefined, latencyMs: number): ProbeAnswer {
  const verdict = verdictOfStatus(status);
  const json = text === undefined ? undefined : parse(text);
  if (verdict !== 'ok') {
    const words = messageIn(json) ?? text ?? '';
    return { verdict, status, latencyMs, detail: shown(target, words) || `HTTP ${status}`, json: null };
  }
  const detail = text === undefined ? 'The answer is too large.' : 'The answer is not JSON.';
  if (json === undefined) return { verdict: 'bad_answer', status, latencyMs, detail, json: null };
  return { verdict, status, latencyMs, detail: null, json };
}

/** The body, or `undefined` when it is too large; undici ends the connection then. */
async function textOf(body: Dispatcher.ResponseData['body']): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The message of an error in OpenAI's shape, or in one of the others that are about. */
function messageIn(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { error, message, detail } = json as Record<string, unknown>;
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return [error, message, detail].find((text) => typeof text === 'string');
}

/** A text of a stranger as it may be shown: short, on one line, without the credential or what looks like a key. */
function shown({ credential }: ProbeTarget, text: string): string {
  const safe = credential === null ? text : text.replaceAll(credential, '•••');
  return safe
    .replaceAll(/\b(sk|gsk|xai|pk|key|wgl|wgla)[-_][\w*.-]{6,}/gi, '$1-•••')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_DETAIL);
}
