/** What is a secret by its looks, wherever it stands in a line. The part kept tells which one it was. */
const SECRETS: readonly [RegExp, string][] = [
  [/\b(wgla?_[0-9a-z]{16})_[\w-]{20,}/g, '$1_[redacted]'],
  [/\b(sk-(?:[a-z]+-)*)[\w-]{12,}/g, '$1[redacted]'],
  [/\b(Bearer|Basic)\s+[\w~+/.=-]{8,}/gi, '$1 [redacted]'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"]*):[^\s/@"]+@/gi, '$1:[redacted]@'],
];

/** Takes secrets out of a log line: our tokens and keys, provider keys, credentials in headers and addresses. */
export function scrub(line: string): string {
  return SECRETS.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line);
}
