import { Injectable } from '@nestjs/common';
import { open } from 'node:fs/promises';
import { Config } from '../../config/config.js';
import type { ProviderDefinition } from './provider-definition.dto.js';
import { DefinitionsError, readDefinitions } from './read-definitions.js';

const MAX_BYTES = 1_048_576;
const OTHERS_MASK = 0o077;

/** A definition with where it was found. */
export interface FoundDefinition {
  readonly definition: ProviderDefinition;
  readonly source: 'environment' | 'file';
  readonly origin: string;
}

interface ReadFile {
  readonly stamp: string;
  readonly definitions: readonly FoundDefinition[];
}

/** The providers that the environment and the providers file define, with their credentials, in memory only. */
@Injectable()
export class ProviderDefinitions {
  private file: ReadFile | undefined;
  private environment: readonly FoundDefinition[] | undefined;

  constructor(private readonly config: Config) {}

  /** All definitions as they are now; the file's win. Throws `DefinitionsError`, also on a file others can read. */
  async all(): Promise<readonly FoundDefinition[]> {
    const file = await this.fromFile();
    const names = new Set(file.map(({ definition }) => definition.name));
    return [...file, ...this.fromEnvironment().filter(({ definition }) => !names.has(definition.name))];
  }

  /** The credential that a definition carries itself. */
  async credentialOf(name: string): Promise<string | undefined> {
    const found = (await this.all()).find(({ definition }) => definition.name === name);
    return found?.definition.apiKey;
  }

  private fromEnvironment(): readonly FoundDefinition[] {
    const { providersJson } = this.config;
    const origin = 'WAGGLE_PROVIDERS';
    this.environment ??= providersJson ? label(readDefinitions(providersJson, origin), 'environment', origin) : [];
    return this.environment;
  }

  /** Reads the file again only when it is another one. */
  private async fromFile(): Promise<readonly FoundDefinition[]> {
    const { providersFile: path } = this.config;
    if (path === undefined) return [];
    const handle = await open(path).catch(() => {
      throw new DefinitionsError(path, ['the file can not be read']);
    });
    try {
      const { mode, size, mtimeNs, ctimeNs, ino } = await handle.stat({ bigint: true });
      if (Number(mode) & OTHERS_MASK) throw new DefinitionsError(path, ['its mode must be 0600 or stricter']);
      if (size > MAX_BYTES) throw new DefinitionsError(path, ['it is larger than 1 MiB']);
      const stamp = [ino, size, mtimeNs, ctimeNs].join();
      if (this.file?.stamp !== stamp) {
        this.file = { stamp, definitions: label(readDefinitions(await handle.readFile('utf8'), path), 'file', path) };
      }
      return this.file.definitions;
    } finally {
      await handle.close();
    }
  }
}

function label(
  definitions: readonly ProviderDefinition[],
  source: FoundDefinition['source'],
  origin: string,
): FoundDefinition[] {
  return definitions.map((definition) => ({ definition, source, origin }));
}
