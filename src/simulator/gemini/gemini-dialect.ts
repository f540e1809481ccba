import type { SimulatedDialect } from '../dialect.js';
import { plain, type Frame, type JsonObject } from '../answer.js';

const NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
};

/** Google's: `x-goog-api-key` or a Bearer token; a wrong key is a 400. */
export const geminiDialect: SimulatedDialect = {
  key: ({ authorization, 'x-goog-api-key': key }) =>
    typeof key === 'string' ? key : /^Bearer (.+)$/i.exec(authorization ?? '')?.[1],
  refuse: ({ status, message, headers, detail }) => {
    const isKey = detail.code === 'invalid_api_key';
    const told = isKey ? 'API key not valid. Please pass a valid API key.' : message;
    return plain(geminiError(isKey ? 400 : status, told), { status: isKey ? 400 : status, headers });
  },
};

/** How a stream of Google's tells that it broke down. */
export function geminiFailure(): Frame {
  return { data: JSON.stringify(geminiError(503, 'The model is overloaded.')), tokens: 0 };
}

function geminiError(code: number, message: string): JsonObject {
  return { error: { code, message, status: NAMES[code] ?? (code < 500 ? 'FAILED_PRECONDITION' : 'INTERNAL') } };
}
