import { pino, type DestinationStream, type Logger as Pino } from 'pino';
import { readableLines } from './readable-lines.js';
import { scrub } from './scrub.js';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';
export type { Pino };

/** Fields that hold secrets by their name, two levels deep; `scrub` finds the others by their looks. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'apiKey',
  'token',
  'masterKey',
  'x-api-key',
  'set-cookie',
].flatMap((name) => [`["${name}"]`, `*["${name}"]`]);

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Short lines for a person instead of JSON. */
  readonly isReadable: boolean;
  /** Where lines go; standard output unless given. */
  readonly destination?: DestinationStream;
}

/** The log: one line a message, secrets taken out. JSON has `level` as a word and `time` in ISO 8601. */
export function createLogger({ level, isReadable, destination }: LoggerOptions): Pino {
  const target = destination ?? pino.destination({ dest: 1, sync: true });
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS, censor: '[redacted]' },
      hooks: { streamWrite: scrub },
    },
    isReadable ? readableLines(target) : target,
  );
}
