import { PLAIN } from '../../quirks/plain-names.js';
import type { ClientDialect, UpstreamDialect } from '../dialects.js';
import { ChatStreamReader, readChatAnswer, readChatError } from './chat-answer-reader.js';
import { ChatStreamWriter, writeChatAnswer } from './chat-answer-writer.js';
import { readChatRequest } from './chat-request-reader.js';
import { writeChatRequest } from './chat-request-writer.js';

/** Clients of `/chat/completions`. */
export const chatClient: ClientDialect = {
  readRequest: readChatRequest,
  writeAnswer: writeChatAnswer,
  streamWriter: (context) => new ChatStreamWriter(context),
};

/** Upstreams with `/chat/completions`. */
export const chatUpstream: UpstreamDialect = {
  operation: 'chat',
  asksForUsage: true,
  toolNames: PLAIN,
  writeRequest: writeChatRequest,
  readAnswer: readChatAnswer,
  streamReader: () => new ChatStreamReader(),
  readError: readChatError,
};
