import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { DataSource } from 'typeorm';
import { newId } from '../common/ids.js';
import { Config } from '../config/config.js';
import { ChangeFeed } from '../database/change-feed.js';
import { Sealer } from '../vault/sealer.service.js';
import { packAnswer, unpackAnswer } from './answer-text.js';
import { FlightWatch } from './flight-watch.js';
import { KeyedAnswers, type Claim, type Flight, type KeyedCall, type Landing } from './keyed-answers.js';
import { landFlight, LANDED_CHANNEL, readKey, renewFlights, takeKey, type KeyedRow } from './keyed-rows.js';

/** What an answer is sealed for: it is part of what it opens with. */
const PURPOSE = 'replay';
/** Flights are renewed three times within their lease. */
const RENEW_MS = 3000;
/** How long one question to Postgres may take. */
const PATIENCE_MS = 2000;
/** Whoever waits looks by itself now and then: a notification can be lost. */
const SHORTEST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 1000;

/** Counters since the start, and a gauge. */
export interface KeyedMetrics {
  readonly flights: number;
  readonly started: number;
  readonly replayed: number;
  readonly failures: number;
}

/**
 * Calls with an Idempotency-Key, over all processes: a row in Postgres says who makes the call, later it has the answer,
 * sealed for its tenant.
 */
@Injectable()
export class KeyedAnswersService extends KeyedAnswers implements OnModuleInit {
  private readonly logger = new Logger(KeyedAnswersService.name);
  private readonly watch = new FlightWatch();
  private readonly flights = new Set<string>();
  private renewal: NodeJS.Timeout | undefined;
  private counts = { started: 0, replayed: 0, failures: 0 };

  constructor(
    private readonly database: DataSource,
    private readonly feed: ChangeFeed,
    private readonly sealer: Sealer,
    private readonly config: Config,
  ) {
    super();
  }

  get metrics(): KeyedMetrics {
    return { ...this.counts, flights: this.flights.size };
  }

  onModuleInit(): void {
    this.feed.listen(LANDED_CHANNEL, (flightId) => this.watch.tell(flightId));
  }

  async claim(call: KeyedCall, waiting: AbortSignal): Promise<Claim> {
    try {
      if (!(await inTime(this.sealer.prepare(call.tenantId)))) return { kind: 'locked' };
      return await this.decide(call, waiting);
    } catch (error) {
      this.counts.failures += 1;
      this.logger.warn(`A call with a key is refused: ${String(error)}`);
      return { kind: 'unavailable' };
    }
  }

  private async decide(call: KeyedCall, waiting: AbortSignal): Promise<Claim> {
    const keyDigest = createHash('sha256').update(call.key).digest();
    const own = { ...call, keyDigest, flightId: newId(), hours: this.config.idempotencyHours };
    let awaited: string | undefined;
    let row: KeyedRow | undefined;
    for (let lookMs = SHORTEST_LOOK_MS; !waiting.aborted; lookMs = Math.min(2 * lookMs, LONGEST_LOOK_MS)) {
      if (row && isForMe(row, awaited)) {
        const claim = await this.claimOf(call, row);
        if (claim) return claim;
        awaited = row.flight_id;
        await this.watch.wait(awaited, lookMs, waiting);
      } else if (await inTime(takeKey(this.database, own))) {
        return { kind: 'first', flight: this.begin(call.tenantId, own.flightId) };
      }
      row = await inTime(readKey(this.database, own));
      if (row && !row.body_digest.equals(call.bodyDigest)) return { kind: 'reused' };
    }
    return { kind: 'left' };
  }

  /** What a row has for a call; `undefined` as long as that is nothing. */
  private async claimOf({ tenantId }: KeyedCall, row: KeyedRow): Promise<Claim | undefined> {
    if (row.state === 'open') return undefined;
    if (row.sealed_answer === null) return { kind: 'gone' };
    const context = { tenantId, purpose: PURPOSE, id: row.flight_id };
    const answer = unpackAnswer(await inTime(this.sealer.open(context, row.sealed_answer)));
    this.counts.replayed += 1;
    return { kind: 'kept', answer };
  }

  private begin(tenantId: string, flightId: string): Flight {
    this.counts.started += 1;
    this.flights.add(flightId);
    this.renewal ??= setInterval(() => void this.renew(), RENEW_MS);
    return { land: (landing) => this.land(tenantId, flightId, landing) };
  }

  private async land(tenantId: string, flightId: string, { isFinal, answer }: Landing): Promise<void> {
    try {
      const context = { tenantId, purpose: PURPOSE, id: flightId };
      const sealed = answer ? this.sealer.seal(context, packAnswer(answer)) : null;
      await inTime(landFlight(this.database, flightId, { isFinal, sealed }));
    } catch (error) {
      this.counts.failures += 1;
      this.logger.warn(`The answer to a call with a key is not kept: ${String(error)}`);
      // Whoever waits needs not wait for the lease to run out, if Postgres can be told.
      void landFlight(this.database, flightId, { isFinal: false, sealed: null }).catch(() => undefined);
    } finally {
      this.end(flightId);
    }
  }

  private end(flightId: string): void {
    this.flights.delete(flightId);
    if (this.flights.size > 0) return;
    clearInterval(this.renewal);
    this.renewal = undefined;
  }

  /** A failure shows when the flight lands; until then there is time for another turn. */
  private async renew(): Promise<void> {
    await renewFlights(this.database, [...this.flights]).catch(() => undefined);
  }
}

/** Whether a row has something for a call that waited for that flight, or will have. */
function isForMe(row: KeyedRow, awaited: string | undefined): boolean {
  return !row.is_free || (row.state === 'failed' && row.flight_id === awaited && row.sealed_answer !== null);
}

/** Rejects when Postgres takes too long. */
function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('Postgres does not answer in time')), PATIENCE_MS);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
