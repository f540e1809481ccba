/** What an answer in Markdown is, out of the fence that some models put around it. */
export function markdownIn(text: string): string {
  const whole = text.trim();
  const fenced = /^```(?:markdown|md)[^\S\n]*\n([\s\S]*)\n```$/.exec(whole)?.[1];
  return fenced === undefined || fenced.includes('\n```') ? whole : fenced.trim();
}

const FENCE = /^\s*(?:```|~~~)/;
/** What nobody writes by hand is left as it is. */
const MAX_LINE = 10_000;

/** Text without the marks of Markdown. Code keeps all that is in it, lists keep a dash. */
export function plainText(markdown: string): string {
  const lines: string[] = [];
  let isCode = false;
  for (const line of markdown.split(/\r?\n/)) {
    if (FENCE.test(line)) isCode = !isCode;
    else lines.push((isCode || line.length > MAX_LINE ? line : plainLine(line)).trimEnd());
  }
  return lines.join('\n').trim();
}

function plainLine(line: string): string {
  const bare = line
    .replace(/^ {0,3}(?:> ?)+/, '')
    .replace(/^ {0,3}#{1,6} +/, '')
    .replace(/^(\s*)[*+] +/, '$1- ');
  return bare
    .split(/`([^`]+)`/)
    .map((piece, index) => (index % 2 === 1 ? piece : withoutMarks(piece)))
    .join('');
}

function withoutMarks(text: string): string {
  return text
    .replace(/!?\[([^[\]]*)\]\(([^()\s]*)\)/g, (_, shown: string, url: string) =>
      shown === url || shown === '' ? url : `${shown} (${url})`,
    )
    .replace(/\*\*([^*]+)\*\*/g, '$1')
    .replace(/(?<![*\w])\*([^*\s][^*]*)\*(?![*\w])/g, '$1')
    .replace(/(?<!\w)__([^_]+)__(?!\w)/g, '$1')
    .replace(/(?<!\w)_([^_\s][^_]*)_(?!\w)/g, '$1')
    .replace(/~~([^~]+)~~/g, '$1');
}
