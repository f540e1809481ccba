import type { JsonObject, Operation } from '../../../snapshot/snapshot.js';
import { KEY_FORMS, OPTIONAL_KEY_FORMS } from '../credential-form.js';
import type { Dialect, Driver, SpokenModel } from '../driver.js';
import { classifyOpenAi } from './openai-errors.js';
import { readOpenAiModels } from './openai-models.js';

/** Where operations are below `/v1`. */
export const PATHS: Readonly<Partial<Record<Operation, string>>> = {
  chat: '/chat/completions',
  completion: '/completions',
  embeddings: '/embeddings',
  responses: '/responses',
  transcription: '/audio/transcriptions',
  translation: '/audio/translations',
  speech: '/audio/speech',
  image: '/images/generations',
  moderation: '/moderations',
  rerank: '/rerank',
};

const ALL = Object.keys(PATHS) as Operation[];

/** A driver of OpenAI's dialect; what it does in its own way goes over what this gives. */
export function openaiDialect(
  shape: Pick<Driver, 'name' | 'title' | 'operations' | 'credentialForms' | 'allowsNoCredential' | 'speaks'>,
): Driver {
  return {
    ...shape,
    dialect: 'openai',
    headers: {},
    clientHeaders: ['openai-beta'],
    authorize: (credential) => ({ authorization: `Bearer ${credential}` }),
    path: (operation) => PATHS[operation] ?? `/${operation}`,
    modelsPath: () => '/models',
    readModels: readOpenAiModels,
    tinyCalls,
    classify: classifyOpenAi,
  };
}

/** The dialect of an operation in OpenAI's family. */
export function speaks(operation: Operation, { operation: offered }: SpokenModel): Dialect {
  // Models that are there for responses have no chats.
  if (operation === 'chat') return offered === 'responses' ? 'openai-responses' : 'openai-chat';
  return operation === 'responses' ? 'openai-responses' : 'openai';
}

/**
 * Of other servers not all have `/responses`, and those that do mostly keep nothing. So a chat model gets chats, unless
 * its operator has marked it with the capability `responses`.
 */
export function speaksLikeOthers(operation: Operation, model: SpokenModel): Dialect {
  const { operation: offered, capabilities } = model;
  const isChatOnly = operation === 'responses' && offered === 'chat' && !capabilities.has('responses');
  return isChatOnly ? 'openai-chat' : speaks(operation, model);
}

export const openai = openaiDialect({
  name: 'openai',
  title: 'OpenAI',
  speaks,
  operations: ALL.filter((operation) => operation !== 'rerank'),
  credentialForms: KEY_FORMS,
  allowsNoCredential: false,
});

/** Anything that answers in OpenAI's dialect: hosted or on your own machines, with a key or without. */
export const openaiCompatible: Driver = {
  ...openaiDialect({
    name: 'openai-compatible',
    title: 'OpenAI-compatible',
    speaks: speaksLikeOthers,
    operations: ALL,
    credentialForms: OPTIONAL_KEY_FORMS,
    allowsNoCredential: true,
  }),
  takesEndpoints: true,
};

/** Sixteen tokens at most: reasoning models, and the Responses API, refuse a smaller maximum. */
const FEW = 16;

function tinyCalls(operation: Operation, model: string): readonly JsonObject[] {
  const messages = [{ role: 'user', content: 'Say ok.' }];
  switch (operation) {
    case 'chat':
      return [
        { model, messages, max_tokens: FEW },
        { model, messages, max_completion_tokens: FEW },
      ];
    case 'completion':
      return [{ model, prompt: 'Say ok.', max_tokens: FEW }];
    case 'responses':
      return [{ model, input: 'Say ok.', max_output_tokens: FEW }];
    case 'embeddings':
    case 'moderation':
      return [{ model, input: 'ok' }];
    case 'rerank':
      return [{ model, query: 'ok', documents: ['ok'] }];
    default:
      return [];
  }
}
