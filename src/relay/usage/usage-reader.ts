import type { LedgerUsage } from '../../journal/ledger-record.js';
import { countOf, isFields, secondsOf, textsOf, type Fields } from './usage-fields.js';
import { COUNTS, USAGE_TABLE, type Count, type UsageForm, type UsageRow } from './usage-table.js';

/** Reads an object that tells what was used; `undefined` when it says nothing. */
export type UsageReader = (usage: unknown) => LedgerUsage | undefined;

/** A row, looked through once. */
interface Place {
  /** The tally's slot. */
  readonly slot: number;
  /** Of the places of one count, the one with the lowest wins. */
  readonly rank: number;
  readonly take: (value: unknown) => number | undefined;
  /** Which parts of a list are meant, and where the count is in them. */
  readonly where: { readonly key: string; readonly is: string; readonly name: string } | undefined;
}

/** What a member of the usage means: a count, an object of counts, a list of parts. */
interface Member {
  place: Place | undefined;
  readonly inside: Map<string, Place>;
  readonly parts: Place[];
}

/** What of its counts a form has beside their whole. */
interface Habits {
  readonly hasCacheBeside: boolean;
  readonly reasoning: NonNullable<UsageRow['stands']>;
}

const PATH = /^(?:(?<holder>\w+)(?:\[(?<key>\w+)=(?<is>\w+)\])?\.)?(?<name>\w+)$/;
const AT = Object.fromEntries(COUNTS.map((count, index) => [count, index])) as Readonly<Record<Count, number>>;
/** A form that says one of these has said what was used; details alone are none. */
const SPEAKING = bits('input', 'output', 'total', 'seconds', 'searches');
const WHOLES = bits('input', 'output');
/** Parts of the input that some count beside it. */
const CACHE: readonly Count[] = ['cached', 'written'];
/** Where input goes that stands beside the rest of it. */
const MORE_INPUT = COUNTS.length;
/** The counts of the call that is being read, and the ranks of their places: one for all, since reading never waits. */
const tally = new Float64Array(COUNTS.length + 1);
const ranks = new Uint8Array(COUNTS.length);
const NO_RANK = 255;

/** Makes a reader of rows: it looks at what is there only, and allocates nothing but its answer. */
export function usageReader(rows: readonly UsageRow[]): UsageReader {
  const members = membersOf(rows);
  const habits: Habits = {
    hasCacheBeside: rows.some(({ counts, stands }) => stands === 'beside' && CACHE.includes(counts)),
    reasoning: rows.find(({ counts }) => counts === 'reasoning')?.stands ?? 'inside',
  };
  return (usage) => {
    const said = isFields(usage) ? take(usage, members) : 0;
    return (said & SPEAKING) === 0 ? undefined : settled(said, habits);
  };
}

/** The readers of all forms. */
export const readUsageOf: Readonly<Record<UsageForm, UsageReader>> = {
  openai: usageReader(USAGE_TABLE.openai),
  anthropic: usageReader(USAGE_TABLE.anthropic),
  gemini: usageReader(USAGE_TABLE.gemini),
  bedrock: usageReader(USAGE_TABLE.bedrock),
  cohere: usageReader(USAGE_TABLE.cohere),
};

function membersOf(rows: readonly UsageRow[]): ReadonlyMap<string, Member> {
  const members = new Map<string, Member>();
  for (const [rank, row] of rows.entries()) {
    const { holder, name, where } = pathOf(row.at);
    const member = members.get(holder ?? name) ?? { place: undefined, inside: new Map<string, Place>(), parts: [] };
    members.set(holder ?? name, member);
    const place = placeOf(row, rank, where);
    if (holder === undefined) member.place = place;
    else if (where) member.parts.push(place);
    else member.inside.set(name, place);
  }
  return members;
}

function pathOf(at: string): { holder: string | undefined; name: string; where: Place['where'] } {
  const { holder, key, is, name } = PATH.exec(at)?.groups ?? {};
  if (name === undefined) throw new Error(`No place: ${at}`);
  return { holder, name, where: key !== undefined && is !== undefined ? { key, is, name } : undefined };
}

function placeOf({ counts, stands, lists }: UsageRow, rank: number, where: Place['where']): Place {
  const slot = counts === 'input' && stands === 'beside' ? MORE_INPUT : AT[counts];
  const take = lists ? textsOf : counts === 'seconds' ? secondsOf : countOf;
  return { slot, rank, take, where };
}

function bits(...counts: Count[]): number {
  return counts.reduce((mask, count) => mask | (1 << AT[count]), 0);
}

/** Fills the tally; tells by bits which counts were said. */
function take(usage: Fields, members: ReadonlyMap<string, Member>): number {
  tally.fill(0);
  ranks.fill(NO_RANK);
  let said = 0;
  for (const name in usage) {
    const member = members.get(name);
    if (!member) continue;
    const value = usage[name];
    if (member.place) said |= note(member.place, member.place.take(value));
    else if (isFields(value)) said |= takeInside(value, member.inside);
    else if (Array.isArray(value)) for (const place of member.parts) said |= note(place, sumOf(value, place));
  }
  return said;
}

function takeInside(holder: Fields, places: ReadonlyMap<string, Place>): number {
  let said = 0;
  for (const name in holder) {
    const place = places.get(name);
    if (place) said |= note(place, place.take(holder[name]));
  }
  return said;
}

function sumOf(list: readonly unknown[], { where, take: read }: Place): number | undefined {
  let sum: number | undefined;
  for (const part of list) {
    if (where && isFields(part) && part[where.key] === where.is) sum = (sum ?? 0) + (read(part[where.name]) ?? 0);
  }
  return sum;
}

function note({ slot, rank }: Place, units: number | undefined): number {
  if (units === undefined) return 0;
  if (slot === MORE_INPUT) {
    tally[slot] = units;
    return 0;
  }
  if (rank < (ranks[slot] ?? NO_RANK)) {
    ranks[slot] = rank;
    tally[slot] = units;
  }
  return 1 << slot;
}

/** The tally in the ledger's form: the cache inside the input, reasoning inside the output, no part larger than its whole. */
function settled(said: number, { hasCacheBeside, reasoning }: Habits): LedgerUsage {
  const isTotalAlone = (said & WHOLES) === 0;
  const hour = got('writtenHour');
  const written = Math.max(got('written'), hour + got('writtenShort'));
  const more = (tally[MORE_INPUT] ?? 0) + (hasCacheBeside ? got('cached') + written : 0);
  const input = got(isTotalAlone ? 'total' : 'input') + more;
  const output = got('output') + (isReasoningBeside(reasoning) ? got('reasoning') : 0);
  const cached = Math.min(got('cached'), input);
  const kept = Math.min(written, input - cached);
  return {
    usage_source: 'provider',
    input_tokens: input,
    cached_input_tokens: cached,
    cache_write_tokens: kept,
    cache_write_1h_tokens: Math.min(hour, kept),
    audio_input_tokens: Math.min(got('audioInput'), input),
    image_input_tokens: Math.min(got('imageInput'), input),
    output_tokens: output,
    reasoning_tokens: Math.min(got('reasoning'), output),
    audio_output_tokens: Math.min(got('audioOutput'), output),
    image_output_tokens: Math.min(got('imageOutput'), output),
    images: 0,
    audio_ms: Math.round(got('seconds') * 1000),
    characters: 0,
    searches: got('searches'),
  };
}

function isReasoningBeside(stands: Habits['reasoning']): boolean {
  if (stands !== 'as the total says') return stands === 'beside';
  return got('reasoning') > 0 && got('total') === got('input') + got('output') + got('reasoning');
}

function got(count: Count): number {
  return tally[AT[count]] ?? 0;
}
