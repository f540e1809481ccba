import { randomUUID } from 'node:crypto';
import OpenAI from 'openai';
import type { Simulator } from '../../../src/simulator/simulator.js';

/** Something that speaks OpenAI's dialect, with a simulator at its far end. */
export interface OpenAiTarget {
  /** Ends in `/v1`. */
  readonly baseURL: string;
  readonly apiKey: string;
  readonly models: Readonly<Record<ModelUse, string>>;
  readonly simulator: Simulator;
  /** Whether the far end speaks another dialect, and so lacks what only OpenAI's has. */
  readonly isTranslated?: boolean;
  /** Whether the far end can't be told to call one tool at a time. */
  readonly isAlwaysParallel?: boolean;
  /** Whether the far end doesn't count reasoning apart. */
  readonly countsNoReasoning?: boolean;
}

export type ModelUse =
  | 'chat'
  | 'reasoner'
  | 'completion'
  | 'embeddings'
  | 'responses'
  | 'transcription'
  | 'translation'
  | 'whisper'
  | 'speech'
  | 'image'
  | 'moderation';

export type Target = () => OpenAiTarget;

/** A client of the official SDK. It does not retry unless told to. */
export function clientOf({ baseURL, apiKey }: OpenAiTarget, options: ConstructorParameters<typeof OpenAI>[0] = {}) {
  return new OpenAI({ baseURL, apiKey, maxRetries: 0, ...options });
}

/** A prompt that tells the simulator how to behave. The key keeps tests that count failures apart. */
export function prompt(directives = ''): OpenAI.ChatCompletionUserMessageParam {
  const wish = directives && ` [[simulate ${directives}&key=${randomUUID()}]]`;
  return { role: 'user', content: `How do bees tell the way?${wish}` };
}

/** A client that counts the HTTP requests it makes. */
export function countingClient(target: OpenAiTarget, maxRetries: number) {
  const calls: number[] = [];
  const client = clientOf(target, {
    maxRetries,
    fetch: async (...request) => {
      const response = await fetch(...request);
      calls.push(response.status);
      return response;
    },
  });
  return { client, calls };
}

/** All that a stream brings. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
