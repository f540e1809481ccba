import type { ClientDialect } from '../dialects.js';
import { readResponseRequest } from './response-request-reader.js';
import { ResponseStreamWriter, writeResponse } from './response-writer.js';

/** Clients of `/responses`. */
export const responseClient: ClientDialect = {
  readRequest: readResponseRequest,
  writeAnswer: writeResponse,
  streamWriter: (context) => new ResponseStreamWriter(context),
};
