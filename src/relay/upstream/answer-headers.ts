import type { IncomingHttpHeaders } from 'node:http';

/**
 * The only headers of an upstream's answer that a client sees; limits and ids of our account are not among them. The
 * content type is decided elsewhere.
 */
const SAFE = ['retry-after', 'retry-after-ms', 'content-disposition', 'openai-processing-ms'] as const;

/** Picks what a client may see of an upstream's headers. */
export function safeHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const safe: Record<string, string> = {};
  for (const name of SAFE) {
    const value = headers[name];
    if (typeof value === 'string') safe[name] = value;
  }
  return safe;
}

/** Whether a body is a stream of events: server-sent ones, or in Amazon's framing. */
export function isEventStream(headers: IncomingHttpHeaders): boolean {
  const type = contentType(headers);
  return type.startsWith('text/event-stream') || type.startsWith('application/vnd.amazon.eventstream');
}

export function isJson(headers: IncomingHttpHeaders): boolean {
  return /^application\/([\w.-]+\+)?json\b/.test(contentType(headers));
}

/** The media type and its parameters, in lower case; empty when there is none. */
export function contentType(headers: IncomingHttpHeaders): string {
  return headers['content-type']?.toLowerCase() ?? '';
}

/** The body's encoding, unless it is none. */
export function contentEncoding(headers: IncomingHttpHeaders): string | undefined {
  const encoding = headers['content-encoding'];
  return typeof encoding === 'string' && encoding !== '' && encoding !== 'identity' ? encoding : undefined;
}

/** The content type of an upstream's error that is shown as it came: never one that a browser would run. */
export function errorType(headers: IncomingHttpHeaders): Record<string, string> {
  const type = isJson(headers) ? 'application/json' : 'text/plain; charset=utf-8';
  return { 'content-type': type, 'x-content-type-options': 'nosniff' };
}
