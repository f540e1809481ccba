import { Logger } from '@nestjs/common';
import type { PendingResponseRecord } from '../../journal/pending-response-record.js';
import type { PendingResponses } from '../../responses/pending-responses.js';
import type { TokenCounter } from '../usage/token-counter.js';
import { expiredEnd, pendingEnd } from './late-attempt.js';
import type { ProviderDesk } from './provider-desk.js';
import { endOf, responseIn } from './response-end.js';

/** Who is not found so often in a row, with pauses between, will not be found any more. */
const MOST_MISSES = 5;
/** How long a client waits for the books, who know more in a moment. */
const PATIENCE_MS = 2000;

export interface BackgroundParts {
  readonly pending: PendingResponses;
  readonly desk: Pick<ProviderDesk, 'show' | 'cancel'>;
  readonly counter: Pick<TokenCounter, 'count'>;
}

/** Which response is meant. */
interface Named {
  readonly project_id: string;
  readonly id: string;
}

/**
 * Follows responses that are made after their call until they have ended. Whoever sees an end first (a client that asks,
 * or the watch) brings it here; `PendingResponses` sees to it that it counts once.
 */
export class Background {
  private readonly logger = new Logger(Background.name);

  constructor(private readonly parts: BackgroundParts) {}

  /** A client is being shown a response; if that has ended, the books know it before. Never rejects. */
  async saw(named: Named, body: Buffer): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const late = setTimeout(resolve, PATIENCE_MS);
    void this.settleAs(named, body)
      .catch((error: unknown) => this.logger.debug(`A response is settled later: ${String(error)}`))
      .finally(resolve);
    await promise;
    clearTimeout(late);
  }

  /** The same with the last event of a stream; without one it is looked at soon. Never rejects. */
  async sawEvent(named: Named, event: Buffer | undefined): Promise<void> {
    const body = event && responseIn(event);
    if (body) return this.saw(named, body);
    await this.parts.pending.hasten(named.project_id, named.id);
  }

  /** Whether it has ended and is on record: only then may it go. Rejects while nobody can tell. */
  async isOver({ project_id, id }: Named): Promise<boolean> {
    const { pending, desk } = this.parts;
    const found = await pending.find(project_id, id);
    if (!found) return true;
    const shown = await desk.show(found);
    if (shown.kind === 'missing') return true;
    return shown.kind === 'shown' && (await this.settle(found, shown.body));
  }

  /** Looks at one that nobody may ever ask for again, and gives it up when its time is over. */
  async look(pending: PendingResponseRecord): Promise<void> {
    if (Date.now() >= Date.parse(pending.expires_at)) return this.giveUp(pending);
    const shown = await this.parts.desk.show(pending);
    if (shown.kind === 'unknown') return;
    if (shown.kind === 'shown' && (await this.settle(pending, shown.body))) return;
    const misses = await this.parts.pending.wasLookedAt(pending, shown.kind === 'shown');
    if (misses >= MOST_MISSES) await this.expire(pending);
  }

  /** Its provider shall not make it any longer, and may tell at last what it used. */
  private async giveUp(pending: PendingResponseRecord): Promise<void> {
    const { desk } = this.parts;
    const cancelled = await desk.cancel(pending);
    const shown = cancelled.kind === 'shown' ? cancelled : await desk.show(pending);
    if (shown.kind === 'shown' && (await this.settle(pending, shown.body))) return;
    await this.expire(pending);
  }

  private async expire(pending: PendingResponseRecord): Promise<void> {
    this.logger.warn(`What the response ${pending.id} used was never told: the most that it may have used is counted.`);
    await this.parts.pending.settle(pending, expiredEnd(pending));
  }

  private async settleAs({ project_id, id }: Named, body: Buffer): Promise<void> {
    if (!endOf(body)) return;
    const found = await this.parts.pending.find(project_id, id);
    if (found) await this.settle(found, body);
  }

  /** False when it has not ended, or is not in the books yet. */
  private async settle(pending: PendingResponseRecord, body: Buffer): Promise<boolean> {
    const end = endOf(body);
    return end !== undefined && this.parts.pending.settle(pending, await pendingEnd(pending, end, this.parts.counter));
  }
}
