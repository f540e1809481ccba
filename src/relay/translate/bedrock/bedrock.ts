import { PLAIN } from '../../quirks/plain-names.js';
import type { UpstreamDialect } from '../dialects.js';
import { ConverseStreamReader, readConverseAnswer, readConverseError } from './converse-answer-reader.js';
import { writeConverseRequest } from './converse-request-writer.js';
import { EventStreamDecoder } from './event-stream-decoder.js';

/** Upstreams with Bedrock's `converse` and `converse-stream`. */
export const converseUpstream: UpstreamDialect = {
  operation: 'chat',
  asksForUsage: false,
  toolNames: PLAIN,
  writeRequest: writeConverseRequest,
  readAnswer: readConverseAnswer,
  streamReader: () => new ConverseStreamReader(),
  decoder: () => new EventStreamDecoder(),
  readError: readConverseError,
};
