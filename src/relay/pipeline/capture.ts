import type { PayloadSeal, PayloadSeals } from '../../snapshot/payload-seals.js';
import type { InFlight } from '../client/in-flight.js';
import type { Call, Capture } from './call.js';

/** Of each side no more is kept; its size is told in full. */
const MAX_KEPT_BYTES = 512 * 1024;

/** One side of a captured call. Bytes that are no text are base64. */
interface CapturedSide {
  readonly contentType: string;
  readonly bytes: number;
  /** `full` only. */
  readonly text?: string;
  readonly base64?: string;
  readonly isCut?: boolean;
}

/** Begins captures. A project that wants none costs one look-up. */
export class Captures {
  constructor(
    private readonly seals: PayloadSeals,
    private readonly inFlight: InFlight,
  ) {}

  /** Call it once the token is known. */
  begin(call: Call): Capture | undefined {
    const { token, snapshot } = call;
    const mode = token && snapshot.projects.get(token.projectId)?.capture;
    if (!token || mode === undefined || mode === 'none') return undefined;
    const seal = this.seals.get();
    seal.prepare(token.tenantId);
    return new CallCapture(mode, call, { seal, inFlight: this.inFlight });
  }
}

class CallCapture implements Capture {
  private readonly parts: Buffer[] = [];
  private keptBytes = 0;
  private answerBytes = 0;
  private answerType = 'application/json';

  constructor(
    private readonly mode: 'metadata' | 'full',
    private readonly call: Call,
    private readonly house: { readonly seal: PayloadSeal; readonly inFlight: InFlight },
  ) {}

  add(bytes: Buffer, contentType: string): void {
    this.answerType = contentType;
    this.answerBytes += bytes.length;
    if (this.mode !== 'full' || this.keptBytes >= MAX_KEPT_BYTES) return;
    const kept = Buffer.from(bytes.subarray(0, MAX_KEPT_BYTES - this.keptBytes));
    this.keptBytes += kept.length;
    this.parts.push(kept);
    this.call.heldBytes += kept.length;
    this.house.inFlight.hold(kept.length);
  }

  seal(): string | undefined | Promise<string | undefined> {
    const { id, token, body } = this.call;
    if (!token) return undefined;
    const content = {
      mode: this.mode,
      request: body ? this.side(body.contentType, body.raw, body.raw.length) : null,
      answer: this.side(this.answerType, Buffer.concat(this.parts), this.answerBytes),
    };
    return this.house.seal.seal(token.tenantId, id, Buffer.from(JSON.stringify(content)));
  }

  private side(contentType: string, content: Buffer, bytes: number): CapturedSide {
    if (this.mode !== 'full') return { contentType, bytes };
    const kept = content.subarray(0, MAX_KEPT_BYTES);
    const isCut = kept.length < bytes;
    const isText = /^(application\/json|text\/)/i.test(contentType);
    return { contentType, bytes, isCut, ...(isText ? { text: kept.toString() } : { base64: kept.toString('base64') }) };
  }
}
