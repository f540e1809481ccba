import type { JsonObject, ModelEntry } from '../../snapshot/snapshot.js';
import { relayErrors } from '../relay.errors.js';
import { Notes } from '../translate/notes.js';
import type { Translation } from '../translate/translation.js';
import type { Call, TranslatedCall } from './call.js';
import { limitOf } from './output-limit.js';

const MS_PER_SECOND = 1000;

/** For whom to translate, and how it is asked. */
interface TranslationWish {
  readonly model: ModelEntry;
  readonly mayAskForUsage: boolean;
  readonly isFolded: boolean;
}

/** Sets up the translation of one attempt. What it can't carry over is told by `call.notes`. */
export function beginTranslation(
  call: Call,
  translation: Translation,
  { model, mayAskForUsage, isFolded }: TranslationWish,
): TranslatedCall {
  const { profile } = call;
  const notes = new Notes();
  call.notes = notes;
  const context = {
    model,
    shownModel: profile?.responseModel === 'profile' ? profile.name : model.upstreamId,
    id: call.id.replaceAll('-', ''),
    createdSeconds: Math.floor(call.startedAt / MS_PER_SECOND),
    isStreamed: call.isStreamed || isFolded,
    asksForUsage: call.body?.asksForUsage ?? false,
    mayAskForUsage,
    mostOutputTokens: limitOf(call, model)?.outputTokens,
    notes,
    echo: {},
  };
  return { translation, context };
}

/** The body for upstream, from the client's with its profile's policy applied. The model's own defaults come last. */
export function translatedBody(asClient: Buffer, { translation, context }: TranslatedCall): Buffer {
  const body = translation.request(parsed(asClient), context);
  return Buffer.from(JSON.stringify(filled(body, context.model.defaults)));
}

function parsed(raw: Buffer): JsonObject {
  try {
    return JSON.parse(raw.toString()) as JsonObject; // the scan has seen that it is an object
  } catch (cause) {
    throw relayErrors.invalid_body({ reason: 'The body is not JSON.' }, { cause });
  }
}

function filled(body: JsonObject, defaults: JsonObject | null): JsonObject {
  return defaults ? { ...defaults, ...body } : body;
}
