import type { LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import type { Dialect } from '../../providers/drivers/driver.js';
import type { Operation } from '../../snapshot/snapshot.js';
import { isArraySpan, JsonScanError, parseSpan, scanArray } from '../body/json-scan.js';
import { memberFinder } from '../body/named-members.js';
import { applySplices } from '../body/splice.js';
import { readUsageOf } from '../usage/usage-reader.js';
import { searchesIn } from './searches.js';

/** An upstream's JSON answer, ready for the client, and what it says was used. */
export interface PlainAnswer {
  readonly body: Buffer;
  /** `undefined` when the upstream gave none. */
  readonly usage: LedgerUsage | undefined;
  /** Whether it is a JSON object at all. */
  readonly isJson: boolean;
  /** The span of what was generated (`choices`, `output`), for counting it when usage is missing. */
  readonly generated: Buffer | undefined;
  /** The id of a response. */
  readonly id?: string | undefined;
}

/** What of a call decides how its answer is read. */
interface AnswerKind {
  readonly operation: Operation | null;
  readonly dialect: Dialect;
}

const findMembers = memberFinder([
  'id',
  'model',
  'usage',
  'choices',
  'output',
  'text',
  'content',
  'meta',
  'data',
  'duration',
]);
type Members = ReturnType<typeof findMembers>;

/** Reads a whole answer; gives its model the name `model` unless that is `null`. Everything else stays as it came. */
export function readAnswer({ operation, dialect }: AnswerKind, raw: Buffer, model: string | null): PlainAnswer {
  const members = membersOf(raw);
  if (!members) return { body: raw, usage: undefined, isJson: false, generated: undefined };
  const name = members.get('model');
  const isRenamed = model !== null && name !== undefined && raw[name.start] === 0x22;
  const body = isRenamed ? applySplices(raw, [{ ...name, bytes: Buffer.from(JSON.stringify(model)) }]) : raw;
  const generated = members.get('choices') ?? members.get('output') ?? members.get('text') ?? members.get('content');
  return {
    body,
    usage: dialect === 'anthropic-messages' ? anthropicUsage(raw, members) : usageOf(operation, raw, members),
    isJson: true,
    generated: generated && raw.subarray(generated.start, generated.end),
    id: idIn(dialect, raw, members),
  };
}

function idIn(dialect: Dialect, raw: Buffer, members: Members): string | undefined {
  const span = dialect === 'openai-responses' ? members.get('id') : undefined;
  const id = span && parseSpan(raw, span);
  return typeof id === 'string' ? id : undefined;
}

function anthropicUsage(raw: Buffer, members: Members): LedgerUsage | undefined {
  const span = members.get('usage');
  return span && readUsageOf.anthropic(parseSpan(raw, span));
}

function rerankUsage(operation: Operation | null, raw: Buffer, members: Members): LedgerUsage | undefined {
  const meta = operation === 'rerank' ? members.get('meta') : undefined;
  return meta && readUsageOf.cohere(parseSpan(raw, meta));
}

function membersOf(raw: Buffer): Members | undefined {
  try {
    return findMembers(raw);
  } catch (error) {
    if (error instanceof JsonScanError) return undefined;
    throw error;
  }
}

function usageOf(operation: Operation | null, raw: Buffer, members: Members): LedgerUsage | undefined {
  const span = members.get('usage');
  const reported = span ? readUsageOf.openai(parseSpan(raw, span)) : rerankUsage(operation, raw, members);
  const counted = countedParts(operation, raw, members, reported);
  if (!counted) return reported;
  return { ...(reported ?? { ...NO_USAGE, usage_source: 'provider' }), ...counted };
}

/** What an answer shows without a `usage`: its images, the length of the audio it transcribed, its searches. */
function countedParts(
  operation: Operation | null,
  raw: Buffer,
  members: Members,
  reported: LedgerUsage | undefined,
): Partial<LedgerUsage> | undefined {
  if (operation === 'image') {
    const data = members.get('data');
    return data && isArraySpan(raw, data)
      ? { images: scanArray(raw, data).length, ...tokensOfImages(reported) }
      : undefined;
  }
  if (operation === 'responses') {
    const searches = searchesIn(raw, members.get('output'));
    return searches > 0 ? { searches } : undefined;
  }
  const duration = operation === 'transcription' || operation === 'translation' ? members.get('duration') : undefined;
  const seconds = duration && Number(parseSpan(raw, duration));
  return seconds ? { audio_ms: Math.round(seconds * 1000) } : undefined;
}

/** What a model for pictures puts out are pictures, unless it tells its tokens apart. */
function tokensOfImages(reported: LedgerUsage | undefined): Partial<LedgerUsage> {
  if (!reported || reported.image_output_tokens > 0) return {};
  return { image_output_tokens: reported.output_tokens };
}
