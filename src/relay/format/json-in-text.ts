const FENCE = /```(?:json|JSON)?[^\S\n]*\n([\s\S]*?)```/;

/** The JSON text that an answer is, or has in a fence or between words; `undefined` when there is none. */
export function jsonInText(text: string): string | undefined {
  const whole = text.trim();
  if (isJson(whole)) return whole;
  const fenced = FENCE.exec(whole)?.[1]?.trim();
  if (fenced !== undefined && isJson(fenced)) return fenced;
  const start = whole.search(/[{[]/);
  if (start < 0) return undefined;
  const end = whole.lastIndexOf(whole[start] === '{' ? '}' : ']');
  const inside = whole.slice(start, end + 1);
  return isJson(inside) ? inside : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
