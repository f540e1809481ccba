import { ownMember } from '../common/own.js';
import type { ResponseFormat } from '../snapshot/routing-entry.js';
import type { Operation, TokenEntry } from '../snapshot/snapshot.js';
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
  type BodyParts,
} from './body-facts.js';
import type { FeatureValues, Hints, RequestFeatures } from './features.js';

/** Longer values of headers and metadata are cut: they are kept with the decision that they led to. */
const MAX_VALUE_LENGTH = 200;

/** Features that are read from a call once they are asked for, and remembered for the record. */
export abstract class BodyFeatures implements RequestFeatures {
  abstract readonly operation: Operation;
  abstract readonly seed: number;
  abstract readonly atMs: number;
  abstract readonly isStreamed: boolean;
  abstract readonly hints: Hints | null;
  protected abstract readonly body: BodyParts;
  protected abstract readonly token: Pick<TokenEntry, 'id' | 'name' | 'metadata'> | undefined;
  private known: Partial<FeatureValues> | undefined;

  get promptBytes(): number {
    return this.once('promptBytes', countPromptBytes);
  }

  get inputTokens(): number {
    return this.once('inputTokens', estimateInputTokens);
  }

  get messages(): number {
    return this.once('messages', countMessages);
  }

  get hasTools(): boolean {
    return this.once('hasTools', hasTools);
  }

  get hasImages(): boolean {
    return this.once('hasImages', hasImages);
  }

  get hasAudio(): boolean {
    return this.once('hasAudio', hasAudio);
  }

  get wantsReasoning(): boolean {
    return this.once('wantsReasoning', wantsReasoning);
  }

  get responseFormat(): ResponseFormat {
    return this.once('responseFormat', responseFormatOf);
  }

  get maxOutput(): number | null {
    return this.once('maxOutput', maxOutputOf);
  }

  get conversation(): string | null {
    return this.once('conversation', conversationOf);
  }

  get tokenId(): string {
    return this.once('tokenId', () => this.token?.id ?? '');
  }

  get tokenName(): string {
    return this.once('tokenName', () => this.token?.name ?? '');
  }

  get turn(): number {
    return this.once('turn', () => this.nextTurn());
  }

  header(name: string): string | undefined {
    const headers = (this.remembered.headers ??= {});
    const value = ownMember(headers, name) ?? this.readHeader(name)?.slice(0, MAX_VALUE_LENGTH);
    headers[name] = value ?? null;
    return value;
  }

  metadata(key: string): string | undefined {
    const metadata = (this.remembered.metadata ??= {});
    const value = ownMember(metadata, key) ?? this.readMetadata(key)?.slice(0, MAX_VALUE_LENGTH);
    metadata[key] = value ?? null;
    return value;
  }

  /** What was read so far, which is all that the plan depends on, as JSON. */
  get captured(): string {
    const { known, hints, isStreamed } = this;
    if (!known && !hints) return `{"isStreamed":${isStreamed}}`; // as of most: weights ask for nothing
    return JSON.stringify({ ...known, isStreamed, ...(hints && { hints }) });
  }

  protected abstract readHeader(name: string): string | undefined;

  /** A new number for each call, one higher than the last. */
  protected abstract nextTurn(): number;

  /** What the operator wrote on the token comes before what the caller says. */
  private readMetadata(key: string): string | undefined {
    return (this.token && ownMember(this.token.metadata, key)) ?? metadataOf(this.body, key);
  }

  private get remembered(): Partial<FeatureValues> {
    return (this.known ??= {});
  }

  private once<K extends keyof FeatureValues>(key: K, read: (body: BodyParts) => FeatureValues[K]): FeatureValues[K] {
    const { remembered } = this;
    const value = remembered[key];
    return value === undefined ? (remembered[key] = read(this.body)) : (value as FeatureValues[K]);
  }
}
