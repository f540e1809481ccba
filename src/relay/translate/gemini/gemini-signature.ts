/** Marks signatures as Gemini's, since clients bring them back whoever serves them then. */
const MARK = 'gemini:';

/** What Gemini takes for calls that it did not make itself (https://ai.google.dev/gemini-api/docs/thought-signatures). */
export const NO_SIGNATURE = 'skip_thought_signature_validator';

/** A signature of Gemini's as clients see it. */
export function markSignature(signature: string): string {
  return MARK + signature;
}

/** Gemini's own signature; `undefined` for those of others. */
export function ownSignature(signature: string | undefined): string | undefined {
  return signature?.startsWith(MARK) ? signature.slice(MARK.length) : undefined;
}
