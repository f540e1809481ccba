import type { UpstreamDialect } from '../dialects.js';
import { GeminiStreamReader, readGeminiAnswer, readGeminiError } from './gemini-answer-reader.js';
import { writeGeminiRequest } from './gemini-request-writer.js';
import { GEMINI_NAMES } from '../plain-tools.js';

/** Upstreams with `generateContent`: the Gemini API, and Vertex AI. */
export const geminiUpstream: UpstreamDialect = {
  operation: 'chat',
  asksForUsage: false,
  toolNames: GEMINI_NAMES,
  writeRequest: writeGeminiRequest,
  readAnswer: readGeminiAnswer,
  streamReader: () => new GeminiStreamReader(),
  readError: readGeminiError,
};
