import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { digestOf } from '../common/credential.js';
import { idempotencyErrors } from './idempotency.errors.js';
import { readBearer, readSessionCookie } from './request-credentials.js';

const ABANDONED_SECONDS = 60; // an admin write takes far less, so its process has died
const KEY_FORM = /^[\x20-\x7e]{1,255}$/;
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** One request with an Idempotency-Key. */
export interface Attempt {
  readonly caller: string;
  readonly route: string;
  readonly key: string;
  readonly bodyDigest: string;
  /** Seals the answer. It is made from the caller's credential, of which we keep only a digest. */
  readonly sealingKey: Buffer;
}

/** An answer to give again. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface Row {
  body_digest: string;
  status: number | null;
  headers: Record<string, string> | null;
  sealed_body: Buffer | null;
}

/**
 * Answers kept for a day, to be given again to the same caller. An answer may hold a secret that is shown once, so it
 * is sealed with the caller's own credential: whoever reads the database, and we ourselves, can't open it.
 */
@Injectable()
export class IdempotentAnswers {
  constructor(private readonly database: DataSource) {}

  /** Claims the key; returns the kept answer if there is one. Throws `key_reused` or `in_progress`. */
  async begin(attempt: Attempt): Promise<KeptAnswer | undefined> {
    const claimed = await this.database.query<unknown[]>(
      `insert into idempotency_key as kept (caller, route, key, body_digest) values ($1, $2, $3, $4)
       on conflict (caller, route, key) do update set body_digest = excluded.body_digest, created_at = now()
         where kept.status is null and kept.created_at < now() - make_interval(secs => $5)
       returning 1`,
      [attempt.caller, attempt.route, attempt.key, attempt.bodyDigest, ABANDONED_SECONDS],
    );
    return claimed.length > 0 ? undefined : this.kept(attempt);
  }

  /** Keeps the answer of a request that succeeded. */
  async keep(attempt: Attempt, { status, headers, body }: KeptAnswer): Promise<void> {
    await this.database.query(`update idempotency_key set status = $4, headers = $5, sealed_body = $6 where ${SAME}`, [
      ...identity(attempt),
      status,
      JSON.stringify(headers),
      seal(attempt, JSON.stringify(body ?? null)),
    ]);
  }

  /** Frees the key after a request that failed, and so changed nothing. */
  async forget(attempt: Attempt): Promise<void> {
    await this.database.query(`delete from idempotency_key where ${SAME}`, identity(attempt));
  }

  private async kept(attempt: Attempt): Promise<KeptAnswer | undefined> {
    const [row] = await this.database.query<Row[]>(`select * from idempotency_key where ${SAME}`, identity(attempt));
    if (row && row.body_digest !== attempt.bodyDigest) throw idempotencyErrors.key_reused();
    if (!row?.sealed_body) throw idempotencyErrors.in_progress({ retryAfterSeconds: 1 });
    const body: unknown = JSON.parse(open(attempt, row.sealed_body));
    return { status: row.status ?? 201, headers: row.headers ?? {}, body };
  }
}

const SAME = 'caller = $1 and route = $2 and key = $3';

function identity({ caller, route, key }: Attempt): string[] {
  return [caller, route, key];
}

/** The attempt that a request is, `undefined` without the header. Throws `bad_key`. */
export function attemptOf(request: Request): Attempt | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !KEY_FORM.test(key)) throw idempotencyErrors.bad_key();
  const credential = readBearer(request) ?? readSessionCookie(request) ?? '';
  return {
    caller: digestOf(credential),
    route: `${request.method} ${request.originalUrl}`,
    key,
    bodyDigest: digestOf(JSON.stringify(request.body ?? null)),
    sealingKey: Buffer.from(hkdfSync('sha256', credential, key, 'waggle idempotent answer', 32)),
  };
}

function seal({ sealingKey, route }: Attempt, text: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, sealingKey, iv).setAAD(Buffer.from(route));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

function open({ sealingKey, route }: Attempt, sealed: Buffer): string {
  const decipher = createDecipheriv(CIPHER, sealingKey, sealed.subarray(0, IV_BYTES)).setAAD(Buffer.from(route));
  decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}
