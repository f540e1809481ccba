import { ownMember } from '../../common/own.js';
import type { BodyParts } from '../../routing/body-facts.js';
import { BodyFeatures } from '../../routing/body-features.js';
import type { Operation, TokenEntry } from '../../snapshot/snapshot.js';
import type { Hints } from '../../routing/features.js';
import type { CallBody } from './call-body.js';
import type { Call } from './call.js';
import { readHints } from './hints.js';
import type { Turns } from './turns.js';

/** What a plan may ask of a call. It costs what is asked for. */
export class CallFeatures extends BodyFeatures {
  private wishes: Hints | null | undefined;
  private drawn: number | undefined;

  constructor(
    private readonly call: Call,
    private readonly turns: Turns,
  ) {
    super();
  }

  get operation(): Operation {
    return this.call.operation;
  }

  /** From the random end of the call's id. */
  get seed(): number {
    return (this.drawn ??= Number.parseInt(this.call.id.slice(-8), 16));
  }

  get atMs(): number {
    return this.call.startedAt;
  }

  get isStreamed(): boolean {
    return this.call.isStreamed;
  }

  /** Wishes count only where the token allows for them; those of others are not even read. */
  get hints(): Hints | null {
    const { token, directed, request } = this.call;
    if (!token?.allowsHints && !directed) return null;
    return (this.wishes ??= merged(token?.allowsHints ? readHints(request.headers) : null, directed));
  }

  protected get body(): BodyParts {
    return this.call.body as CallBody;
  }

  protected get token(): TokenEntry | undefined {
    return this.call.token;
  }

  protected readHeader(name: string): string | undefined {
    const value = ownMember(this.call.request.headers, name);
    return Array.isArray(value) ? value.join(', ') : value;
  }

  protected nextTurn(): number {
    return this.turns.next(this.call.profile?.id ?? '');
  }
}

/** What the prompt says counts before what the headers say: it is nearer to who asks. */
function merged(wishes: Hints | null, directed: Hints | undefined): Hints | null {
  return directed && Object.keys(directed).length > 0 ? { ...wishes, ...directed } : wishes;
}
