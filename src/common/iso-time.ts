const SECOND_MS = 1000;

let second = Number.NaN;
let prefix = '';
let last = Number.NaN;
let text = '';

/** A time (whole ms since epoch) as `toISOString` prints it; calls of one second share most of the work, of one ms all. */
export function isoTime(ms: number): string {
  if (ms === last) return text;
  last = ms;
  return (text = printed(ms));
}

function printed(ms: number): string {
  const start = Math.floor(ms / SECOND_MS) * SECOND_MS;
  if (start !== second) {
    prefix = new Date(start).toISOString().slice(0, -4);
    second = start;
  }
  const rest = ms - start;
  return `${prefix}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
}
