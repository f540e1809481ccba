import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { newId } from '../common/ids.js';
import { Leader } from '../database/leader.js';
import {
  currentPlace,
  isKnownPlace,
  readEvents,
  signListener,
  trimEvents,
  type EventPage,
  type EventPlace,
  type KindReach,
} from './live-event-rows.js';
import { liveEventErrors } from './live-events.errors.js';

const MOST_WATCHERS = 100;
const LOOK_MS = 500;
const PAGE = 500;
const HEARTBEAT_MS = 15_000;
/** Who watches is asked who it is at least that often: the stream ends, and its reader comes back by itself. */
const LONGEST_MS = 300_000;
const SIGN_MS = 30_000;
const TRIM_MS = 60_000;

/** Who watches what, and from where on. */
export interface Watch {
  readonly tenantId: string;
  readonly reach: readonly KindReach[];
  /** `undefined`: from now on. */
  readonly after: EventPlace | undefined;
}

/**
 * Streams what happens, at whichever process it happened: events are rows, and each stream reads on from its own place,
 * so that it can go on at any process, holds no more than a page in memory, and waits for no other.
 */
@Injectable()
export class LiveEvents implements BeforeApplicationShutdown {
  private readonly logger = new Logger(LiveEvents.name);
  private readonly process = newId();
  private readonly stop = new AbortController();
  private watching = 0;

  constructor(
    private readonly database: DataSource,
    private readonly leader: Leader,
  ) {}

  /** Streams under way. */
  get watchers(): number {
    return this.watching;
  }

  beforeApplicationShutdown(): void {
    this.stop.abort();
  }

  /** Begins a stream of server-sent events, which ends when `gone` is aborted. Throws `events.too_many_watchers`. */
  async open(watch: Watch, gone: AbortSignal): Promise<AsyncGenerator<string>> {
    if (this.watching >= MOST_WATCHERS) throw liveEventErrors.too_many_watchers({ limit: MOST_WATCHERS });
    await signListener(this.database, this.process);
    const now = await currentPlace(this.database);
    const { after } = watch;
    const isComplete = after === undefined || (await isKnownPlace(this.database, after));
    const place = after && isBefore(after, now) ? after : now;
    return this.frames({ ...watch, after: place }, isComplete, AbortSignal.any([gone, this.stop.signal]));
  }

  private async *frames(
    { tenantId, reach, after }: Watch,
    isComplete: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    this.watching += 1;
    try {
      yield `retry: 2000\n${ready(isComplete)}`;
      let place = after as EventPlace;
      let saidAt = performance.now();
      const endsAt = saidAt + LONGEST_MS;
      while (!signal.aborted && performance.now() < endsAt) {
        const page = await this.read({ tenantId, reach, place });
        const isSilent = performance.now() - saidAt >= HEARTBEAT_MS;
        if (page.frames !== '' || isSilent) {
          yield (page.hasGap ? ready(false) : '') + (page.frames || ': still here\n\n');
          place = page.place;
          saidAt = performance.now();
        } else await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
      }
    } finally {
      this.watching -= 1;
    }
  }

  /** Without Postgres nothing is known to happen; the stream goes on afterwards. */
  private async read(from: Parameters<typeof readEvents>[1]): Promise<EventPage> {
    return readEvents(this.database, from, PAGE).catch((error: unknown) => {
      this.logger.debug(`No events without Postgres: ${String(error)}`);
      return { frames: '', place: from.place, hasGap: false };
    });
  }

  @Interval(SIGN_MS)
  protected async sign(): Promise<void> {
    if (this.watching > 0) await signListener(this.database, this.process).catch(() => undefined); // the next turn will
  }

  @Interval(TRIM_MS)
  protected async trim(): Promise<void> {
    if (!this.leader.isLeader) return;
    await trimEvents(this.database).catch((error: unknown) => this.logger.warn(`Events stay: ${String(error)}`));
  }
}

function isBefore(one: EventPlace, other: EventPlace): boolean {
  return BigInt(one.xact) < BigInt(other.xact);
}

/** Says that the stream goes on, and whether nothing is missing before it. */
function ready(isComplete: boolean): string {
  return `event: ready\ndata: ${JSON.stringify({ isComplete })}\n\n`;
}
