import { NestFactory } from '@nestjs/core';
import { readFile, writeFile } from 'node:fs/promises';
import { adminDocument } from './admin-document.js';
import { AppModule } from './app.module.js';
import { Config } from './config/config.js';
import { relayDocument } from './relay-document.js';

/**
 * Writes the API documents to `openapi/`; with `--check` it only says by the exit code whether the committed ones are
 * current. Preview mode reads the modules without starting anything, so neither database nor settings are needed.
 */
async function main(isCheck: boolean): Promise<boolean> {
  const app = await NestFactory.create(AppModule.with(Config.from({})), { preview: true, logger: false });
  const isAdminCurrent = await put('admin.json', adminDocument(app), isCheck);
  const isRelayCurrent = await put('relay.json', relayDocument(), isCheck);
  return isAdminCurrent && isRelayCurrent;
}

/** Whether the file holds the document afterwards. */
async function put(name: string, document: object, isCheck: boolean): Promise<boolean> {
  const file = new URL(`../openapi/${name}`, import.meta.url);
  const current = `${JSON.stringify(document, null, 2)}\n`;
  if (!isCheck) await writeFile(file, current);
  const committed = await readFile(file, 'utf8').catch(() => '');
  if (committed === current) return true;
  const line = current.split('\n').findIndex((text, index) => text !== committed.split('\n')[index]);
  console.error(`openapi/${name} differs from the code, first in line ${line + 1}. Run: npm run openapi`);
  return false;
}

process.exit((await main(process.argv.includes('--check'))) ? 0 : 1);
