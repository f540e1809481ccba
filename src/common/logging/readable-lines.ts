import type { DestinationStream } from 'pino';

const OWN_FIELDS = new Set(['level', 'time', 'pid', 'msg', 'context', 'err']);
const COLOURS: Record<string, string> = { fatal: '\x1b[31m', error: '\x1b[31m', warn: '\x1b[33m', debug: '\x1b[2m' };
const PLAIN = '\x1b[0m';

/** Turns JSON log lines into short ones for a terminal: `19:02:51 warn  Relay: text field=value`. */
export function readableLines(target: DestinationStream): DestinationStream {
  return { write: (line) => target.write(`${readable(JSON.parse(line) as Record<string, unknown>)}\n`) };
}

function readable(entry: Record<string, unknown>): string {
  const { level, time, msg, context, err } = entry as Record<string, string | undefined> & { err?: { stack?: string } };
  const head = `${time?.slice(11, 19)} ${COLOURS[level ?? ''] ?? ''}${level?.padEnd(5)}${PLAIN}`;
  const fields = Object.entries(entry)
    .filter(([name]) => !OWN_FIELDS.has(name))
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const stack = err?.stack ? `\n${err.stack}` : '';
  return `${head} ${context ? `${context}: ` : ''}${msg ?? ''}${fields.join('')}${stack}`;
}
