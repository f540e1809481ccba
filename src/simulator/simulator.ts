import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Account, type CallRecord } from './account.js';
import { Refusal, UPSET, type Answer } from './answer.js';
import { answerAsCloud } from './clouds/identities.js';
import { dialectOfList, listAsCloud } from './clouds/cloud-models.js';
import { TokenDesk } from './clouds/token-desk.js';
import { deliver } from './delivery.js';
import type { Directives } from './directives.js';
import { openaiDialect, type SimulatedDialect } from './dialect.js';
import { findOperation, listModels } from './operations.js';
import { KeptResponses } from './kept-responses.js';
import { readCall } from './read-call.js';
import { refusalFor } from './refusals.js';
import { serverMetrics, type SimulatedLoad } from './server-metrics.js';

export interface SimulatorOptions {
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port?: number;
  /** The only credential that is accepted; without it any will do. */
  readonly apiKey?: string;
  /** Whether a call must bring a credential, as it must at OpenAI. True if left out. */
  readonly needsKey?: boolean;
  /** Gives out credentials; that of another simulator makes both take the same. */
  readonly desk?: TokenDesk;
  /** Speaks TLS with this certificate, as PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** How many of the latest calls are kept for reading. */
  readonly keptCalls?: number;
}

export interface Simulator {
  /** Without a path; the API is below `/v1`. */
  readonly url: string;
  readonly port: number;
  /** What was asked and what was sent. */
  readonly stats: Account;
  /** Gives out credentials to who asks as at a cloud; they are accepted beside the key. */
  readonly desk: TokenDesk;
  /** What it tells of its load. */
  readonly load: SimulatedLoad;
  /** Breaks off what is in flight. */
  close(): Promise<void>;
}

const BACKLOG = 4096;

interface State {
  readonly load: SimulatedLoad;
  readonly stats: Account;
  readonly desk: TokenDesk;
  readonly scheme: 'http' | 'https';
  /** How often each set of directives has failed, for `failTimes`. */
  readonly failures: Map<string, number>;
  readonly apiKey: string | undefined;
  readonly needsKey: boolean;
  readonly kept: KeptResponses;
}

/** Starts an upstream that speaks the dialects of OpenAI and Anthropic, and goes wrong on request (see `Directives`). */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0, apiKey, needsKey = true, keptCalls, tls, desk = new TokenDesk() } = options;
  const scheme = tls ? 'https' : 'http';
  const stats = new Account(keptCalls);
  const load = { running: 0, waiting: 0, cacheUsage: 0 };
  const kept = new KeptResponses();
  const state: State = { load, stats, desk, scheme, failures: new Map(), apiKey, needsKey, kept };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url?.startsWith('/__simulator/')) showAccount(state, request, response);
    else void serve(state, request, response);
  };
  const settings = { noDelay: true, keepAliveTimeout: 60_000 };
  const server = tls ? createSecureServer({ ...settings, ...tls }, listener) : createServer(settings, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ port, host, backlog: BACKLOG }, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return { url: `${scheme}://${host}:${bound}`, port: bound, stats, desk, load, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  if (!body) return; // the caller left before it had asked
  const { stats } = state;
  const record = newRecord(request, body.length);
  stats.open(record);
  response.on('close', () => stats.close(record, response.writableFinished ? 'complete' : 'client_left'));
  const { answer, directives } = answerTo(state, request, { record, body });
  if (directives.hang === 'headers') return;
  if (directives.hang === 'reset') {
    stats.close(record, 'cut');
    return void response.destroy();
  }
  await deliver({ answer, directives, record, account: stats, response });
}

interface Reply {
  readonly answer: Answer;
  readonly directives: Directives;
}

function answerTo(state: State, request: IncomingMessage, call: { record: CallRecord; body: Buffer }): Reply {
  try {
    return reply(state, request, call);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(500, `${UPSET} ${String(error)}`);
    return { answer: dialectAt(call.record.path).refuse(refusal), directives: {} };
  }
}

function reply(state: State, request: IncomingMessage, { record, body }: { record: CallRecord; body: Buffer }): Reply {
  const open = openAnswer(state, request, body);
  if (open) return { answer: open, directives: {} };
  const dialect = dialectAt(record.path);
  if (state.needsKey) authorize(dialect.key(request.headers), state);
  const there = standing(state.kept, record);
  if (there) return { answer: there, directives: {} };
  const operation = record.method === 'POST' ? findOperation(record.path) : undefined;
  if (!operation) throw new Refusal(404, `Invalid URL (${request.method} ${request.url})`);
  record.operation = operation.name;
  const call = readCall(body, request.headers['content-type'] ?? '', state.failures, operation.model);
  record.model = call.model;
  const refusal = refusalFor(call) ?? state.kept.refusalFor(call.body);
  const answer = refusal instanceof Refusal ? dialect.refuse(refusal) : (refusal ?? operation.answer(call));
  state.kept.add(answer.kept);
  return { answer, directives: call.directives };
}

/** What is there without being made. */
function standing(kept: KeptResponses, record: CallRecord): Answer | undefined {
  const { method, path } = record;
  return kept.answer(record) ?? (method === 'GET' ? (listModels(path) ?? listAsCloud(path)) : undefined);
}

function dialectAt(path: string): SimulatedDialect {
  return findOperation(path)?.dialect ?? dialectOfList(path) ?? openaiDialect;
}

/** What needs no credential: to ask for one, and for the load. */
function openAnswer({ desk, scheme, load }: State, request: IncomingMessage, body: Buffer): Answer | undefined {
  const { method = '', url = '/', headers } = request;
  if (url === '/metrics') return serverMetrics(load);
  return answerAsCloud({ method, url, headers, body, origin: `${scheme}://${headers.host}` }, desk);
}

function authorize(key: string | undefined, { apiKey, desk }: State): void {
  if (key !== undefined && (apiKey === undefined || key === apiKey || desk.accepts(key))) return;
  const message = key
    ? `Incorrect API key provided: ${key.slice(0, 3)}***. You can find your API key at the simulator.`
    : "You didn't provide an API key.";
  throw new Refusal(401, message, { code: key ? 'invalid_api_key' : null });
}

function newRecord(request: IncomingMessage, bodyBytes: number): CallRecord {
  return {
    id: `req_${randomBytes(16).toString('hex')}`,
    startedAt: Date.now(),
    method: request.method ?? '',
    path: pathOf(request.url ?? '/'),
    url: request.url ?? '/',
    headers: request.headers,
    bodyBytes,
    operation: 'other',
    model: '',
    isStreamed: false,
    status: 0,
    ended: 'open',
    inputTokens: 0,
    outputTokens: 0,
    isUsageSent: false,
    framesSent: 0,
  };
}

/** Where servers put what OpenAI has below `/v1`: Azure's deployments, Cohere's compatible API. */
const ROOT = /^\/(?:openai(?:\/deployments\/[^/]+|\/v1)?|(?:compatibility\/)?v1)(?=\/)/;

/** Below `/v1`, without the query and without doubled slashes. */
function pathOf(url: string): string {
  const mark = url.indexOf('?');
  const path = (mark < 0 ? url : url.slice(0, mark)).replaceAll(/\/{2,}/g, '/');
  return path.replace(ROOT, '');
}

/** `GET /__simulator/requests`, `GET /__simulator/totals` and `POST /__simulator/reset`. */
function showAccount({ stats, failures }: State, request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const action = `${request.method} ${request.url?.slice('/__simulator/'.length)}`;
  response.setHeader('content-type', 'application/json');
  if (action === 'POST reset') {
    stats.reset();
    failures.clear();
  }
  const shown = action === 'GET requests' ? stats.records() : stats.totals();
  response.end(JSON.stringify(shown));
}

function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.on('close', () => resolve(undefined)); // after `end` this changes nothing
    request.on('error', () => resolve(undefined));
  });
}
