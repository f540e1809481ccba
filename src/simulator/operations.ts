import { plain, type Answer, type Call } from './answer.js';
import { anthropicDialect } from './anthropic/anthropic-dialect.js';
import { countMessageTokens, messages } from './anthropic/messages.js';
import { bedrockDialect } from './bedrock/bedrock-dialect.js';
import { converse, converseStream } from './bedrock/converse.js';
import { chat } from './chat.js';
import { completions } from './completions.js';
import type { SimulatedDialect } from './dialect.js';
import { embeddings } from './embeddings.js';
import { geminiDialect } from './gemini/gemini-dialect.js';
import { generateContent, streamGenerateContent } from './gemini/generate-content.js';
import { imageEdits, images, moderations, speech } from './media.js';
import { noSuchModel } from './read-call.js';
import { rerank, rerankAsCohere } from './rerank.js';
import { responses } from './responses.js';
import { transcriptions } from './transcriptions.js';

interface Operation {
  readonly name: string;
  readonly answer: (call: Call) => Answer;
  /** OpenAI's when left out. */
  readonly dialect?: SimulatedDialect;
  /** The model, where it is in the path. */
  readonly model?: string;
}

const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    '/chat/completions': { name: 'chat', answer: chat },
    '/completions': { name: 'completion', answer: completions },
    '/embeddings': { name: 'embeddings', answer: embeddings },
    '/responses': { name: 'responses', answer: responses },
    '/audio/transcriptions': { name: 'transcription', answer: transcriptions },
    '/audio/translations': { name: 'translation', answer: transcriptions },
    '/audio/speech': { name: 'speech', answer: speech },
    '/images/generations': { name: 'image', answer: images },
    '/images/edits': { name: 'image', answer: imageEdits },
    '/messages': { name: 'messages', answer: messages, dialect: anthropicDialect },
    '/messages/count_tokens': { name: 'count', answer: countMessageTokens, dialect: anthropicDialect },
    '/rerank': { name: 'rerank', answer: rerank },
    '/v2/rerank': { name: 'rerank', answer: rerankAsCohere },
    '/moderations': { name: 'moderation', answer: moderations },
  }),
);

/** The models that it lists; it serves any whose name begins with `sim-`. */
export const MODELS = [
  'sim-chat',
  'sim-reasoner',
  'sim-embed',
  'sim-transcribe',
  'sim-whisper',
  'sim-speech',
  'sim-image',
  'sim-moderation',
  'sim-rerank',
];

/** Google's, of the Gemini API and of Vertex AI. */
const CONTENT = /\/models\/([^/:]+):(generateContent|streamGenerateContent)$/;

/** The operation at a path below `/v1`, if there is one. */
export function findOperation(path: string): Operation | undefined {
  return OPERATIONS.get(path) ?? findContent(path) ?? findConversation(path);
}

/** Amazon's. */
const CONVERSE = /^\/model\/([^/]+)\/(converse|converse-stream)$/;

function findConversation(path: string): Operation | undefined {
  const [, model, method] = CONVERSE.exec(path) ?? [];
  if (model === undefined) return undefined;
  const answer = method === 'converse' ? converse : converseStream;
  return { name: 'converse', answer, dialect: bedrockDialect, model: decodeURIComponent(model) };
}

function findContent(path: string): Operation | undefined {
  const [, model, method] = CONTENT.exec(path) ?? [];
  if (model === undefined) return undefined;
  const answer = method === 'generateContent' ? generateContent : streamGenerateContent;
  return { name: 'content', answer, dialect: geminiDialect, model: decodeURIComponent(model) };
}

/** `GET /models` and `GET /models/{id}`, and Ollama's lists of what is there and what is loaded; nothing for other paths. */
export function listModels(path: string): Answer | undefined {
  if (path === '/models') return plain({ object: 'list', data: MODELS.map(toModel) }, {});
  if (path === '/api/tags') return plain({ models: MODELS.map((name) => ({ name, model: name })) }, {});
  if (path === '/api/ps') return plain({ models: MODELS.slice(0, 1).map((name) => ({ name, model: name })) }, {});
  const id = /^\/models\/(.+)$/.exec(path)?.[1];
  if (id === undefined) return undefined;
  const model = decodeURIComponent(id);
  if (!model.startsWith('sim-')) throw noSuchModel(model);
  return plain(toModel(model), {});
}

function toModel(id: string) {
  return { id, object: 'model', created: 1_760_000_000, owned_by: 'simulator' };
}
