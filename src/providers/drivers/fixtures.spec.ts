import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnswerErrorClass } from './error-class.js';
import { findDriver } from './registry.js';

/** A refusal as a provider words it, and whose fault it is. */
interface RecordedError {
  readonly class: AnswerErrorClass;
  readonly status: number;
  readonly body: object;
}

/** Drivers, and the folders with what their providers answer. */
const FOLDERS = [
  ['openai', 'openai'],
  ['openai-compatible', 'openai'],
  ['azure-openai', 'azure'],
  ['anthropic', 'anthropic'],
  ['gemini', 'gemini'],
  ['vertex', 'vertex'],
  ['bedrock', 'bedrock'],
  ['ollama', 'ollama'],
  ['vllm', 'vllm'],
  ['cohere', 'cohere'],
  ['jina', 'jina'],
] as const;

function recorded(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, folder, 'fixtures', name), 'utf8'));
}

describe.each(FOLDERS)('what a provider of %s answers', (name, folder) => {
  const driver = findDriver(name)!;

  it.each(recorded(folder, 'errors.json') as RecordedError[])('is $class for $status $body', (error) => {
    expect(driver.classify(error.status, Buffer.from(JSON.stringify(error.body)))).toBe(error.class);
  });

  it('is read as a list of models', () => {
    expect(driver.readModels(recorded(folder, 'models.json'))).toEqual([
      expect.objectContaining({ upstreamId: expect.stringMatching(/^\S+$/) }),
      ...(folder === 'openai' ? [expect.objectContaining({ upstreamId: 'text-embedding-3-small' })] : []),
    ]);
  });
});
