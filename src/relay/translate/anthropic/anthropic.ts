import type { ClientDialect, UpstreamDialect } from '../dialects.js';
import { MessageStreamReader, readMessageAnswer, readMessageError } from './message-answer-reader.js';
import { MessageStreamWriter, writeMessageAnswer } from './message-answer-writer.js';
import { readMessageRequest } from './message-request-reader.js';
import { writeMessageRequest } from './message-request-writer.js';
import { ANTHROPIC_NAMES } from '../plain-tools.js';

/** Clients of `/messages`. */
export const messageClient: ClientDialect = {
  readRequest: readMessageRequest,
  writeAnswer: writeMessageAnswer,
  streamWriter: (context) => new MessageStreamWriter(context),
};

/** Upstreams with `/messages`. */
export const messageUpstream: UpstreamDialect = {
  operation: 'chat',
  asksForUsage: false,
  toolNames: ANTHROPIC_NAMES,
  writeRequest: writeMessageRequest,
  readAnswer: readMessageAnswer,
  streamReader: () => new MessageStreamReader(),
  readError: readMessageError,
};
