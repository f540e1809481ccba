/** A schema that all of them ask for, and what the simulator makes of it. */
export const BEE = {
  type: 'object' as const,
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
  required: ['name', 'age'],
  additionalProperties: false,
};

/** A tool that all of them offer, and the input that the simulator calls it with. */
export const WEATHER = {
  type: 'object' as const,
  properties: { place: { type: 'string' } },
  required: ['place'],
  additionalProperties: false,
};
export const WEATHER_INPUT = { place: 'honey' };

/** Where an SDK shall call, and what. */
export interface SdkTarget {
  /** Without `/v1`. */
  readonly url: string;
  readonly apiKey: string;
  readonly model: string;
}

/** What an SDK made of an answer. */
export interface Said {
  readonly text: string;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

/** What applications do with one SDK, the same for all of them. */
export interface Sdk {
  readonly name: string;
  /** The path that it calls, below `/v1`. */
  readonly path: string;
  text(target: SdkTarget, prompt: string): Promise<Said>;
  stream(target: SdkTarget, prompt: string): Promise<Said & { readonly pieces: number }>;
  /** A turn in which the tool is called, answered with "sunny", and the answer read; gives the tool's input, too. */
  tool(target: SdkTarget, prompt: string): Promise<{ readonly input: unknown; readonly text: string }>;
  /** An answer that fits `BEE`. */
  structured(target: SdkTarget, prompt: string): Promise<unknown>;
  /** Rejects with the SDK's own error. */
  fail(target: SdkTarget, prompt: string): Promise<unknown>;
  /** Reads one piece of a stream and leaves. */
  abort(target: SdkTarget, prompt: string): Promise<void>;
}
