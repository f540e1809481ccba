import type { Mode, ResponseFormat } from '../snapshot/routing-entry.js';
import type { Operation } from '../snapshot/snapshot.js';

/** What a caller that may do so wishes for one call. */
export interface Hints {
  readonly mode?: Mode;
  /** µUSD. */
  readonly maxCostMicros?: number;
  readonly maxLatencyMs?: number;
  /** Models or providers, the dearest to the caller first. */
  readonly prefer?: readonly string[];
  /** Capabilities that the model must be known to have. */
  readonly requires?: readonly string[];
}

/** What a plan may ask of a request. Values are read when they are asked for: most plans ask for none. */
export interface RequestFeatures {
  readonly operation: Operation;
  /** All that is random in a plan comes from it: an unsigned 32-bit number. */
  readonly seed: number;
  /** Milliseconds since epoch. */
  readonly atMs: number;
  readonly isStreamed: boolean;
  /** Of the prompt, files in it included: cheap to know, and never less than what `inputTokens` is estimated from. */
  readonly promptBytes: number;
  /** An estimate. */
  readonly inputTokens: number;
  readonly messages: number;
  readonly hasTools: boolean;
  readonly hasImages: boolean;
  readonly hasAudio: boolean;
  readonly wantsReasoning: boolean;
  readonly responseFormat: ResponseFormat;
  /** Tokens; `null`: the caller set no bound. */
  readonly maxOutput: number | null;
  readonly tokenId: string;
  readonly tokenName: string;
  /** The same for all turns of a conversation; `null` where there is none. */
  readonly conversation: string | null;
  /** How many calls of the profile came before, in this process. */
  readonly turn: number;
  readonly hints: Hints | null;
  /** Names are lower case. */
  header(name: string): string | undefined;
  metadata(key: string): string | undefined;
}

/** Those values of `RequestFeatures` that are plain data, by which a plan can be made again. */
export type FeatureValues = {
  -readonly [K in Exclude<keyof RequestFeatures, 'header' | 'metadata'>]: RequestFeatures[K];
} & {
  headers: Record<string, string | null>;
  metadata: Record<string, string | null>;
};

const UNSAID: Omit<RequestFeatures, 'operation' | 'seed' | 'atMs' | 'header' | 'metadata'> = {
  isStreamed: false,
  promptBytes: 0,
  inputTokens: 0,
  messages: 1,
  hasTools: false,
  hasImages: false,
  hasAudio: false,
  wantsReasoning: false,
  responseFormat: 'text',
  maxOutput: null,
  tokenId: '',
  tokenName: '',
  conversation: null,
  turn: 0,
  hints: null,
};

/** Features as data, of which some may be left out. */
export type GivenFeatures = Partial<FeatureValues> & Pick<FeatureValues, 'operation' | 'seed' | 'atMs'>;

/** Features given as data: of a request that nobody makes, or of one that was made before. */
export function givenFeatures({ headers, metadata, ...given }: GivenFeatures): RequestFeatures {
  // Whoever says only how many tokens there are means a prompt of any length.
  const promptBytes = given.inputTokens === undefined ? UNSAID.promptBytes : Infinity;
  return {
    ...UNSAID,
    promptBytes,
    ...given,
    header: (name) => headers?.[name] ?? undefined,
    metadata: (key) => metadata?.[key] ?? undefined,
  };
}
