import type { UpstreamDialect } from '../dialects.js';
import { GeminiStreamReader, readGeminiAnswer, readGeminiError } from './gemini-answer-reader.js';
import { writeGeminiRequest } from './gemini-request-writer.js';

/** Upstreams with `generateContent`: the Gemini API, and Vertex AI. */
export const geminiUpstream: UpstreamDialect = {
  operation: 'chat',
  asksForUsage: false,
  writeRequest: writeGeminiRequest,
  readAnswer: readGeminiAnswer,
  streamReader: () => new GeminiStreamReader(),
  readError: readGeminiError,
};
