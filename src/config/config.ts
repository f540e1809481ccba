import { plainToInstance } from 'class-transformer';
import { resolve } from 'node:path';
import { ConfigError, problemsOf } from './config-checks.js';
import { KeptVariables } from './kept-variables.js';

const MEBIBYTE = 1024 * 1024;

/** The whole configuration, read and validated once at start. Nothing else in the code reads the environment. */
export class Config extends KeptVariables {
  /** Whether this is a production installation, where nothing insecure is a default. */
  get isProduction(): boolean {
    return this.nodeEnv === 'production';
  }

  /** Whether log lines are for a person at a terminal, rather than JSON for a collector. */
  get isLogReadable(): boolean {
    return process.stdout.isTTY && !this.isProduction;
  }

  get isDemoWanted(): boolean {
    return this.demo && !this.isProduction;
  }

  /** A path below the data directory, absolute. */
  dataPath(...parts: string[]): string {
    return resolve(this.dataDir, ...parts);
  }

  get maxBodyBytes(): number {
    return this.maxBodyMegabytes * MEBIBYTE;
  }

  get maxBytesInFlight(): number {
    return this.maxBytesInFlightMegabytes * MEBIBYTE;
  }

  get journalMaxBytes(): number {
    return this.journalMaxMegabytes * MEBIBYTE;
  }

  get idempotencyMaxAnswerBytes(): number {
    return this.idempotencyMaxAnswerMegabytes * MEBIBYTE;
  }

  get idempotencyMaxBytes(): number {
    return this.idempotencyMaxMegabytes * MEBIBYTE;
  }

  get cacheBytes(): number {
    return this.cacheMegabytes * MEBIBYTE;
  }

  /** Reads the environment. Throws one `ConfigError` that names every wrong variable at once. */
  static from(env: NodeJS.ProcessEnv): Config {
    const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
    const config = plainToInstance(Config, given, { excludeExtraneousValues: true, exposeDefaultValues: true });
    const problems = problemsOf(config, given);
    if (problems.length > 0) throw new ConfigError(problems);
    return config;
  }
}
