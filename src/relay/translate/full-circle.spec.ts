import fc from 'fast-check';
import { conversations, essenceOf } from '../../../test/support/dialects/conversations.js';
import { readConverseRequest } from '../../../test/support/dialects/converse-request.js';
import { readGeminiRequest } from '../../../test/support/dialects/gemini-request.js';
import type { JsonObject, ModelEntry } from '../../snapshot/snapshot.js';
import { messageClient, messageUpstream } from './anthropic/anthropic.js';
import { converseUpstream } from './bedrock/bedrock.js';
import type { Conversation, ParameterName } from './conversation.js';
import { geminiUpstream } from './gemini/gemini.js';
import { Notes } from './notes.js';
import { chatClient, chatUpstream } from './openai-chat/openai-chat.js';
import { responseClient, responseUpstream } from './openai-responses/openai-responses.js';
import type { TranslationContext } from './translation.js';
import { runs } from '../../../test/support/runs.js';

const model = {
  upstreamId: 'm',
  capabilities: new Set<string>(),
  maxOutput: null,
  defaults: null,
} as unknown as ModelEntry;

function contextOf(): TranslationContext {
  const rest = { isStreamed: false, asksForUsage: true, mayAskForUsage: true, echo: {} };
  return { model, shownModel: 'm', id: 'f'.repeat(32), createdSeconds: 1, notes: new Notes(), ...rest };
}

interface Spoken {
  write(conversation: Conversation, context: TranslationContext): JsonObject;
  read(body: JsonObject, context: TranslationContext): Conversation;
}

const DIALECTS: Readonly<Record<string, Spoken>> = {
  'openai-chat': { write: chatUpstream.writeRequest, read: chatClient.readRequest },
  'openai-responses': { write: responseUpstream.writeRequest, read: responseClient.readRequest },
  'anthropic-messages': { write: messageUpstream.writeRequest, read: messageClient.readRequest },
  'gemini-content': { write: geminiUpstream.writeRequest, read: readGeminiRequest },
  'bedrock-converse': { write: converseUpstream.writeRequest, read: readConverseRequest },
};
const PAIRS = Object.keys(DIALECTS).flatMap((from) =>
  Object.keys(DIALECTS)
    .filter((to) => to !== from)
    .map((to) => [from, to] as const),
);

function notesOf({ notes }: TranslationContext): Set<string> {
  const headers: Record<string, string> = {};
  notes.addTo(headers);
  return new Set(Object.values(headers).flatMap((value) => value.split(', ')));
}

/** The settings that were dropped or changed, by what the client calls them. */
function goneOf({ parameters }: Conversation, lost: ReadonlySet<string>): Set<ParameterName> {
  return new Set([...parameters].filter(([, { name }]) => lost.has(name)).map(([name]) => name));
}

describe('a conversation of each dialect', () => {
  it.each(PAIRS)('of %s through %s and back loses only what is named', (from, to) => {
    const [own, other] = [DIALECTS[from]!, DIALECTS[to]!];
    fc.assert(
      fc.property(conversations, (made) => {
        const given = own.read(own.write(made, contextOf()), contextOf());
        const there = contextOf();
        const sent = other.write(given, there);
        const back = own.read(own.write(other.read(sent, contextOf()), contextOf()), contextOf());
        const lost = notesOf(there);
        const gone = goneOf(given, lost);
        expect(essenceOf(back, lost, gone)).toEqual(essenceOf(given, lost, gone));
      }),
      { numRuns: runs(200) },
    );
  });
});
