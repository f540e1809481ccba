import { parseMicros } from '../common/money.js';
import type { Operation } from '../snapshot/snapshot.js';
import {
  conversationOf,
  countMessages,
  countPromptBytes,
  estimateInputTokens,
  hasAudio,
  hasImages,
  hasTools,
  maxOutputOf,
  metadataOf,
  responseFormatOf,
  wantsReasoning,
} from './body-facts.js';
import { givenFeatures, type FeatureValues, type Hints, type RequestFeatures } from './features.js';
import { givenBody } from './given-body.js';
import type { FeaturesInput } from './features.dto.js';
import type { HintsInput } from './hints.dto.js';
import type { SimulateRequest } from './simulate.dto.js';

/** The features of a request that is only supposed. */
export function simulatedFeatures(asked: SimulateRequest, operation: Operation, seed: number): RequestFeatures {
  const given = said(asked.features ?? {});
  const hints = asked.hints ? toHints(asked.hints) : null;
  const atMs = asked.at === undefined ? Date.now() : Date.parse(asked.at);
  if (!asked.body) return givenFeatures({ ...given, operation, seed, atMs, hints });
  const body = givenBody(asked.body);
  const features = givenFeatures({ ...factsOf(asked.body), ...given, operation, seed, atMs, hints });
  return { ...features, metadata: (key) => features.metadata(key) ?? metadataOf(body, key) };
}

function factsOf(value: object): Partial<FeatureValues> {
  const body = givenBody(value);
  return {
    isStreamed: Reflect.get(value, 'stream') === true,
    promptBytes: countPromptBytes(body),
    inputTokens: estimateInputTokens(body),
    messages: countMessages(body),
    hasTools: hasTools(body),
    hasImages: hasImages(body),
    hasAudio: hasAudio(body),
    wantsReasoning: wantsReasoning(body),
    responseFormat: responseFormatOf(body),
    maxOutput: maxOutputOf(body),
    conversation: conversationOf(body),
  };
}

function said(input: FeaturesInput): Partial<FeatureValues> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

function toHints({ mode, maxCostUsd, maxLatencyMs, prefer, requires }: HintsInput): Hints {
  return {
    ...(mode && { mode }),
    ...(maxCostUsd !== undefined && { maxCostMicros: Number(parseMicros(maxCostUsd)) }),
    ...(maxLatencyMs !== undefined && { maxLatencyMs }),
    ...(prefer && { prefer }),
    ...(requires && { requires }),
  };
}
