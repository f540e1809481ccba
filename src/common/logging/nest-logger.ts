import type { LoggerService } from '@nestjs/common';
import type { Pino } from './logger.js';

/** Who reports each module and each route at start: of use to nobody but a framework's author. */
const CHATTY = new Set(['InstanceLoader', 'NestFactory', 'NestApplication', 'RouterExplorer', 'RoutesResolver']);

/** Lets Nest, and the `Logger` of each service, write to our log. */
export class NestLogger implements LoggerService {
  constructor(private readonly pino: Pino) {}

  log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    this.write(CHATTY.has(String(context)) ? 'trace' : 'info', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  /** Nest passes what else there is, a stack or an error, then the context as the last text. */
  private write(
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace',
    message: unknown,
    rest: unknown[],
  ): void {
    const context = typeof rest.at(-1) === 'string' ? String(rest.at(-1)) : undefined;
    const others = context === undefined ? rest : rest.slice(0, -1);
    const fields = Object.assign(
      { context },
      ...others.map(asFields),
      message instanceof Error ? { err: message } : {},
    );
    this.pino[level](fields, message instanceof Error ? message.message : asText(message));
  }
}

function asFields(value: unknown): object {
  if (value instanceof Error) return { err: value };
  if (typeof value === 'string') return { stack: value };
  return typeof value === 'object' && value !== null ? value : {};
}

function asText(message: unknown): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}
