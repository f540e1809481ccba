import Anthropic from '@anthropic-ai/sdk';
import { randomUUID } from 'node:crypto';
import type { Simulator } from '../../../src/simulator/simulator.js';

/** Something that speaks Anthropic's dialect, with a simulator at its far end. */
export interface AnthropicTarget {
  /** Without `/v1`. */
  readonly baseURL: string;
  readonly apiKey: string;
  readonly model: string;
  readonly simulator: Simulator;
  /** What the far end speaks: counts and thoughts come back differently from one that speaks OpenAI's dialect. */
  readonly upstream: 'anthropic' | 'openai';
}

export type Target = () => AnthropicTarget;

/** A client of the official SDK. It does not retry unless told to. */
export function clientOf(
  { baseURL, apiKey }: AnthropicTarget,
  options: ConstructorParameters<typeof Anthropic>[0] = {},
): Anthropic {
  return new Anthropic({ baseURL, apiKey, maxRetries: 0, ...options });
}

/** A question that tells the simulator how to behave. The key keeps tests that count failures apart. */
export function question(directives = ''): string {
  const wish = directives && ` [[simulate ${directives}&key=${randomUUID()}]]`;
  return `How do bees tell the way?${wish}`;
}

/** The least that a request needs. */
export function ask({ model }: AnthropicTarget, directives = '') {
  return { model, max_tokens: 500, messages: [{ role: 'user' as const, content: question(directives) }] };
}
