import type { JsonObject, ModelEntry, ProfileEntry, RequestPolicy } from '../../snapshot/snapshot.js';
import type { CallBody } from './call-body.js';

/** More than that nobody means, and sums of it would not be exact. */
export const MOST_ASKED = 1e9;

/** What a call asks of a model's answer: the body as it goes upstream, as far as its numbers make sense. */
export interface AskedOutput {
  /** The most tokens of one answer; `undefined` when nobody says. */
  readonly maximum: number | undefined;
  readonly choices: number;
  /** How many answers are written, of which the best are chosen. */
  readonly written: number;
}

interface AskingCall {
  readonly body: CallBody | undefined;
  readonly profile: ProfileEntry | undefined;
}

/** What one call asks of the models it may go to. It is read once for all that have no defaults of their own, as most. */
export class AskedOutputs {
  private body: CallBody | undefined;
  private usual: AskedOutput | undefined;

  constructor(private readonly call: AskingCall) {}

  of(model: ModelEntry): AskedOutput {
    const { body, profile } = this.call;
    const policy = profile?.policy ?? null;
    if (model.defaults) return readAsked(body, policy, model.defaults);
    if (!this.usual || this.body !== body) {
      this.usual = readAsked(body, policy, null);
      this.body = body; // a call whose answer is asked for once more has another
    }
    return this.usual;
  }
}

function readAsked(
  body: CallBody | undefined,
  policy: RequestPolicy | null,
  modelDefaults: JsonObject | null,
): AskedOutput {
  const read = (field: string): number => askedFor(field, body, policy, modelDefaults);
  const maximum = Math.max(read('max_completion_tokens'), read('max_output_tokens'), read('max_tokens'));
  const choices = Math.max(1, read('n'));
  return { maximum: maximum > 0 ? maximum : undefined, choices, written: Math.max(choices, read('best_of')) };
}

/** 0 when nobody names it, or its first number makes no sense. */
function askedFor(
  field: string,
  body: CallBody | undefined,
  policy: RequestPolicy | null,
  modelDefaults: JsonObject | null,
): number {
  const value =
    numberOf(policy?.overrides[field]) ??
    body?.number(field) ??
    numberOf(policy?.defaults[field]) ??
    numberOf(modelDefaults?.[field]);
  return value !== undefined && value > 0 ? Math.min(Math.ceil(value), MOST_ASKED) : 0;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
