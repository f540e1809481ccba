import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { newId } from '../common/ids.js';
import { Config } from '../config/config.js';
import { KEY_BYTES } from './cipher.js';

const KEY_TEXT = /^(?:[0-9a-fA-F]{64}|[A-Za-z0-9+/]{43}=|[A-Za-z0-9_-]{43})$/;
const GENERATED_FILE = 'master.key';

/** Where master keys come from: the environment, a file of the operator, or a file that we generate ourselves. */
@Injectable()
export class MasterKeySource {
  constructor(private readonly config: Config) {}

  /** Whether a new vault is to be opened by a master key, not by a password. */
  get isWanted(): boolean {
    return this.config.vaultMode === 'master-key';
  }

  /** Whether the key file is ours to write; the environment and the operator's file are not. */
  get isGenerated(): boolean {
    const { masterKey, masterKeyFile, isProduction } = this.config;
    return masterKey === undefined && masterKeyFile === undefined && !isProduction;
  }

  /** For messages: which setting to look at. */
  get label(): string {
    if (this.config.masterKey !== undefined) return 'WAGGLE_MASTER_KEY';
    if (this.config.masterKeyFile !== undefined) return `WAGGLE_MASTER_KEY_FILE (${this.config.masterKeyFile})`;
    return this.isGenerated ? this.generatedPath : 'no configured key';
  }

  /**
   * The keys that may be tried, read anew each time. A file may hold several, one a line: the next key is put there
   * before a rotation, so that every replica finds it. An absent generated file is no key; other failures are thrown.
   */
  async read(): Promise<Buffer[]> {
    if (this.config.masterKey !== undefined) return [parseMasterKey(this.config.masterKey)];
    if (this.config.masterKeyFile !== undefined) return parseLines(await readFile(this.config.masterKeyFile, 'utf8'));
    return this.isGenerated ? parseLines(await readIfPresent(this.generatedPath)) : [];
  }

  /** Makes the generated key file, unless another worker was quicker; either way it is there afterwards. */
  async generate(): Promise<void> {
    const draft = await this.writeDraft([randomBytes(KEY_BYTES)]);
    try {
      await link(draft, this.generatedPath); // fails when the file exists: the first worker wins, whole
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** Adds a key to the generated file before it is put in force, so that a crash at any point leaves one that fits. */
  async stage(key: Buffer): Promise<void> {
    if (this.isGenerated) await this.replace([...(await this.read()), key]);
  }

  /** Takes the keys that are no longer in force out of the generated file. */
  async keepOnly(isWanted: (key: Buffer) => boolean): Promise<void> {
    if (!this.isGenerated) return;
    const keys = await this.read();
    const wanted = keys.filter(isWanted);
    if (wanted.length < keys.length) await this.replace(wanted);
  }

  private async replace(keys: readonly Buffer[]): Promise<void> {
    await rename(await this.writeDraft(keys), this.generatedPath);
  }

  private get generatedPath(): string {
    return this.config.dataPath(GENERATED_FILE);
  }

  private async writeDraft(keys: readonly Buffer[]): Promise<string> {
    const path = `${this.generatedPath}.${newId()}`;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(keys.map((key) => `${key.toString('hex')}\n`).join(''));
      await file.sync();
    } finally {
      await file.close();
    }
    return path;
  }
}

/** Reads 32 bytes from 64 hex digits or base64 (either alphabet). Throws on anything else, without repeating it. */
export function parseMasterKey(text: string): Buffer {
  if (!KEY_TEXT.test(text)) throw new Error('A master key is 32 bytes, as 64 hex digits or as base64.');
  return Buffer.from(text, text.length === 64 ? 'hex' : 'base64');
}

function parseLines(text: string): Buffer[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map(parseMasterKey);
}

async function readIfPresent(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return '';
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
