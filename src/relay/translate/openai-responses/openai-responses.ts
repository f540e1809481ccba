import { PLAIN } from '../../quirks/plain-names.js';
import type { ClientDialect, UpstreamDialect } from '../dialects.js';
import { readChatError } from '../openai-chat/chat-answer-reader.js';
import { readResponseAnswer, ResponseStreamReader } from './response-answer-reader.js';
import { readResponseRequest } from './response-request-reader.js';
import { writeResponseRequest } from './response-request-writer.js';
import { ResponseStreamWriter, writeResponse } from './response-writer.js';

/** Clients of `/responses`. */
export const responseClient: ClientDialect = {
  readRequest: readResponseRequest,
  writeAnswer: writeResponse,
  streamWriter: (context) => new ResponseStreamWriter(context),
};

/** Upstreams with `/responses`, for models that have nothing else. */
export const responseUpstream: UpstreamDialect = {
  operation: 'responses',
  asksForUsage: false,
  toolNames: PLAIN,
  writeRequest: writeResponseRequest,
  readAnswer: readResponseAnswer,
  streamReader: () => new ResponseStreamReader(),
  readError: readChatError,
};
