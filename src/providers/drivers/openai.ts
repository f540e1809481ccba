import type { Operation } from '../../snapshot/snapshot.js';
import type { CredentialField, Driver } from './driver.js';

const PATHS: Readonly<Partial<Record<Operation, string>>> = {
  chat: '/chat/completions',
  completion: '/completions',
  embeddings: '/embeddings',
  responses: '/responses',
  transcription: '/audio/transcriptions',
  translation: '/audio/translations',
  speech: '/audio/speech',
  image: '/images/generations',
  moderation: '/moderations',
};

const API_KEY: CredentialField = { name: 'apiKey', label: 'API key', isSecret: true, isRequired: true };

function openaiDialect(shape: Pick<Driver, 'name' | 'title' | 'credentialForm' | 'allowsNoCredential'>): Driver {
  return {
    ...shape,
    dialect: 'openai',
    operations: Object.keys(PATHS) as Operation[],
    authorize: (credential) => ({ authorization: `Bearer ${credential}` }),
    path: (operation) => PATHS[operation] ?? `/${operation}`,
  };
}

export const openai = openaiDialect({
  name: 'openai',
  title: 'OpenAI',
  credentialForm: [API_KEY],
  allowsNoCredential: false,
});

/** Anything that answers in OpenAI's dialect: hosted or on your own machines, with a key or without. */
export const openaiCompatible = openaiDialect({
  name: 'openai-compatible',
  title: 'OpenAI-compatible',
  credentialForm: [{ ...API_KEY, isRequired: false }],
  allowsNoCredential: true,
});
