import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import type { KeptResponseRecord } from '../journal/kept-response-record.js';
import { KeptResponses, type Found } from './kept-responses.js';
import { PendingResponsesService } from './pending-responses.service.js';

const MAX_KNOWN = 10_000;
/** How long one question to Postgres may take. */
const PATIENCE_MS = 2000;
/** One that another process made a moment ago is still in its journal. */
const LOOKS = 4;
const LOOK_EVERY_MS = 250;

/** Responses that providers keep: the latest of this process in memory, all of them in Postgres. */
@Injectable()
export class KeptResponsesService extends KeptResponses {
  private readonly logger = new Logger(KeptResponsesService.name);
  private readonly known = new Map<string, KeptResponseRecord>();

  constructor(
    private readonly database: DataSource,
    readonly pending: PendingResponsesService,
  ) {
    super();
  }

  /** How many are in memory. */
  get size(): number {
    return this.known.size;
  }

  note(response: KeptResponseRecord): void {
    const key = keyOf(response.project_id, response.id);
    this.known.delete(key);
    if (this.known.size >= MAX_KNOWN) this.known.delete(this.known.keys().next().value!);
    this.known.set(key, response);
  }

  async find(projectId: string, id: string): Promise<Found> {
    const known = this.known.get(keyOf(projectId, id));
    if (known) return { kind: 'found', response: known };
    try {
      return await this.look(projectId, id);
    } catch (error) {
      this.logger.warn(`Kept responses can't be asked for: ${String(error)}`);
      return { kind: 'unavailable' };
    }
  }

  async forget(projectId: string, id: string): Promise<void> {
    this.known.delete(keyOf(projectId, id));
    try {
      await this.ask(`delete from kept_response where project_id = $1 and id = $2`, [projectId, id]);
    } catch (error) {
      this.logger.warn(`A deleted response stays known: ${String(error)}`);
    }
  }

  private async look(projectId: string, id: string): Promise<Found> {
    for (let looks = 1; ; looks++) {
      const [response] = await this.ask<KeptResponseRecord>(
        `select * from kept_response where project_id = $1 and id = $2`,
        [projectId, id],
      );
      if (response) {
        this.note(response);
        return { kind: 'found', response };
      }
      if (looks === LOOKS) return { kind: 'missing' };
      await sleep(LOOK_EVERY_MS);
    }
  }

  private async ask<Row>(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    const { promise, reject } = Promise.withResolvers<never>();
    late.addEventListener('abort', () => reject(new Error(`no answer within ${PATIENCE_MS} ms`)));
    return Promise.race([this.database.query<Row[]>(sql, [...parameters]), promise]);
  }
}

function keyOf(projectId: string, id: string): string {
  return `${projectId} ${id}`;
}
