import { plain } from '../answer.js';
import type { SimulatedDialect } from '../dialect.js';

const NAMES: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  401: 'UnrecognizedClientException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailableException',
};

/** Amazon's: a Bearer token, or a signature, of which the access key counts as the credential; errors with a message. */
export const bedrockDialect: SimulatedDialect = {
  key: ({ authorization = '' }) =>
    /^Bearer (.+)$/i.exec(authorization)?.[1] ?? /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(authorization)?.[1],
  refuse: ({ status, message, headers }) => {
    const type = NAMES[status] ?? 'InternalServerException';
    return plain({ message }, { status, headers: { ...headers, 'x-amzn-errortype': type } });
  },
};
