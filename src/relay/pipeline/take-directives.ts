import { parseMicros } from '../../common/money.js';
import type { Hints } from '../../routing/features.js';
import { MODES, type Mode } from '../../snapshot/routing-entry.js';
import { readDirective, withoutDirective, type Directive } from '../body/directives.js';
import { parseSpan, scanObject } from '../body/json-scan.js';
import type { InFlight } from '../client/in-flight.js';
import { JsonCallBody } from './call-body.js';
import type { Call } from './call.js';

const MARKERS = ['@@waggle', '@@tokenhub'];
/** Where the texts of a prompt are, in the dialects of chat, responses, messages and completions. */
const PROMPT_MEMBERS = ['messages', 'input', 'prompt', 'system', 'instructions'];

/**
 * Takes the wishes out of the prompt, for a token that allows them there: the first directive of a user's message
 * counts, and no message keeps one. Prompts without a directive are not touched; in others only the prompt is printed anew.
 */
export function takeDirectives(call: Call, inFlight: InFlight): void {
  const { body } = call;
  if (!(body instanceof JsonCallBody) || !MARKERS.some((marker) => body.raw.includes(marker))) return;
  const { raw } = body;
  const taken: Taken = { directive: undefined };
  const pieces: Buffer[] = [];
  let copied = 0;
  const spans = [...scanObject(raw)].filter(([name]) => PROMPT_MEMBERS.includes(name)).map(([, span]) => span);
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const cleaned = clean(parseSpan(raw, span), 'user', taken);
    pieces.push(raw.subarray(copied, span.start), Buffer.from(JSON.stringify(cleaned)));
    copied = span.end;
  }
  if (!taken.directive) return;
  const rest = Buffer.concat([...pieces, raw.subarray(copied)]);
  call.heldBytes += rest.length;
  inFlight.hold(rest.length);
  call.body = new JsonCallBody(rest);
  call.directed = { ...call.directed, ...toHints(taken.directive) };
}

interface Taken {
  directive: Directive | undefined;
}

/** A prompt, message or part without directives; the first that a user gave is kept in `taken`. */
function clean(value: unknown, role: unknown, taken: Taken): unknown {
  if (typeof value === 'string') {
    if (role === 'user') taken.directive ??= readDirective(value);
    return withoutDirective(value);
  }
  if (Array.isArray(value)) return value.map((each) => clean(each, role, taken));
  if (typeof value !== 'object' || value === null) return value;
  const own: unknown = Reflect.get(value, 'role') ?? role;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === 'content' || key === 'text' ? clean(member, own, taken) : member,
    ]),
  );
}

/** What makes no sense is left out: it came from a text, and may have been meant as one. */
function toHints(directive: Directive): Hints {
  const mode = directive.get('mode') as Mode | undefined;
  const micros = parseMicros(directive.get('budget') ?? '');
  const latency = Number(directive.get('latency') ?? Number.NaN);
  const prefer = directive
    .get('prefer')
    ?.split(',')
    .map((wish) => wish.trim());
  return {
    ...(mode && MODES.includes(mode) && { mode }),
    ...(micros !== undefined && { maxCostMicros: Number(micros) }),
    ...(Number.isSafeInteger(latency) && latency > 0 && { maxLatencyMs: latency }),
    ...(prefer && { prefer }),
  };
}
