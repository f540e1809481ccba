import type { LedgerUsage } from '../../journal/ledger-record.js';
import type { JsonObject } from '../../snapshot/snapshot.js';
import { stripMessage } from '../quirks/stripped-reasoning.js';
import type { InFlight } from '../client/in-flight.js';
import { jsonInText } from '../format/json-in-text.js';
import { markdownIn, plainText } from '../format/markdown.js';
import { withRepairTurn, type Unfit } from '../format/repair-turn.js';
import type { Checked, SchemaChecker } from '../format/schema-checker.js';
import { unfoldChat } from '../format/unfold-chat.js';
import { relayErrors } from '../relay.errors.js';
import { isObject, objectsOf, parseObject, textOf, textOr } from '../translate/json.js';
import { JsonCallBody } from './call-body.js';
import type { Generated } from './call-end.js';
import type { CallFormat } from './call-format.js';
import type { Call } from './call.js';
import type { Estimator } from './estimator.js';
import { UnfitAnswer } from './unfit-answer.js';

const RETRY_AFTER_SECONDS = 1;
const STREAM_TYPE = 'text/event-stream; charset=utf-8';
/** Why an answer ended that asking again would not make longer. */
const CUT_SHORT: ReadonlySet<unknown> = new Set(['length', 'content_filter']);

/** What the stage needs of the house. */
export interface FormatParts {
  readonly checker: SchemaChecker;
  readonly estimator: Estimator;
  readonly inFlight: InFlight;
}

/** A whole chat completion in the client's dialect. */
export interface ChatAnswer {
  readonly body: Buffer;
  /** `undefined` when the upstream gave none. */
  readonly usage: LedgerUsage | undefined;
  readonly generated: () => Generated | undefined;
}

/** What is sent of it. */
export interface Shown {
  readonly body: Buffer;
  readonly type: string;
}

/** What is wrong with a choice, and whether the model may do better. */
interface Flaw extends Unfit {
  readonly isFinal: boolean;
}

/** Brings answers into the form that their envelopes ask for; everything but their text stays as it is. */
export class Formats {
  constructor(private readonly parts: FormatParts) {}

  /** Makes sure of the schema before anything is spent. Throws `invalid_body` for what is none. */
  async prepare({ wanted: { schema } }: CallFormat): Promise<void> {
    if (schema === undefined) return;
    const checked = await this.parts.checker.check(schema);
    if (checked.kind === 'fits' || checked.kind === 'unfit') return;
    if (checked.kind === 'busy') throw relayErrors.overloaded({ retryAfterSeconds: RETRY_AFTER_SECONDS });
    const why = checked.kind === 'too_costly' ? 'it takes too long to read' : checked.reason;
    const reason = `The schema can't be used: ${why}. It must be of JSON Schema 2020-12 and stand by itself.`;
    throw relayErrors.invalid_body({ reason, param: 'output_format.schema' });
  }

  /** Throws `UnfitAnswer` for one that does not fit; the call's body then asks for a better one, if it may. */
  async shown(call: Call, format: CallFormat, answer: ChatAnswer): Promise<Shown> {
    const { wanted } = format;
    const json = parseObject(answer.body.toString()) ?? {};
    const choices = objectsOf(json.choices);
    if (choices.length === 0) throw await this.unfit(call, format, { answer, flaw: NO_CHOICE });
    for (const choice of choices) {
      const flaw = await this.shape(choice, format);
      if (flaw) throw await this.unfit(call, format, { answer, flaw });
    }
    const body = Buffer.from(wanted.unfolds ? unfoldChat(json, wanted.asksForUsage) : JSON.stringify(json));
    this.hold(call, body.length);
    return { body, type: wanted.unfolds ? STREAM_TYPE : 'application/json' };
  }

  /** Changes the text of a choice. Tool calls and refusals are no answers yet. */
  private async shape(choice: JsonObject, { wanted }: CallFormat): Promise<Flaw | undefined> {
    const message = isObject(choice.message) ? choice.message : {};
    if (wanted.stripsThoughts) stripMessage(message);
    if (objectsOf(message.tool_calls).length > 0 || textOr(message.refusal) !== '') return undefined;
    const text = textOf(message.content);
    if (wanted.type === 'json') return this.asJson(choice, message, wanted.schema);
    if (text === undefined || wanted.type === undefined) return undefined;
    message.content = wanted.type === 'text' ? plainText(text) : markdownIn(text);
    return undefined;
  }

  private async asJson(choice: JsonObject, message: JsonObject, schema?: string): Promise<Flaw | undefined> {
    const said = { content: textOr(message.content) };
    stripMessage(said); // a thought may hold braces, too
    const isFinal = CUT_SHORT.has(choice.finish_reason);
    const json = jsonInText(said.content);
    if (json === undefined) return { answer: said.content, faults: [NO_JSON], isFinal };
    const checked: Checked = schema === undefined ? looseJson(json) : await this.parts.checker.check(schema, json);
    if (checked.kind === 'fits') {
      message.content = json;
      return undefined;
    }
    if (checked.kind === 'unfit') return { answer: json, faults: checked.faults, isFinal };
    if (checked.kind === 'busy') throw relayErrors.overloaded({ retryAfterSeconds: RETRY_AFTER_SECONDS });
    return { answer: json, faults: ['/ takes too long to check'], isFinal: true };
  }

  private async unfit(
    call: Call,
    format: CallFormat,
    { answer, flaw }: { readonly answer: ChatAnswer; readonly flaw: Flaw },
  ): Promise<UnfitAnswer> {
    const usage = answer.usage ?? (await this.parts.estimator.estimate(call, answer.generated()));
    const tries = format.repairs + 1;
    const isAskedAgain = !flaw.isFinal && format.repairs < format.maxRepairs;
    if (isAskedAgain) this.askAgain(call, format, flaw);
    return new UnfitAnswer(flaw.faults, usage, isAskedAgain, tries);
  }

  /** Each repair begins with what was asked at first: the latest answer is enough to learn from. */
  private askAgain(call: Call, format: CallFormat, flaw: Flaw): void {
    format.asked ??= call.body!.raw;
    format.repairs++;
    const raw = withRepairTurn(format.asked, flaw, format.wanted.schema);
    this.hold(call, raw.length);
    call.body = new JsonCallBody(raw);
  }

  private hold(call: Call, bytes: number): void {
    call.heldBytes += bytes;
    this.parts.inFlight.hold(bytes);
  }
}

const NO_JSON = '/ is not JSON';
const NO_CHOICE: Flaw = { answer: '', faults: ['/ has no answer'], isFinal: false };

/** Without a schema any object or list will do. */
function looseJson(json: string): Checked {
  return /^[{[]/.test(json) ? { kind: 'fits' } : { kind: 'unfit', faults: ['/ must be an object or a list'] };
}
