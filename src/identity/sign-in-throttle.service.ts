import { Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { DataSource } from 'typeorm';
import { signInErrors } from './sign-in.errors.js';

const FORGET_AFTER = '1 hour';

/** How many failures are free, and how long the pause may get. An e-mail's is short: it must not lock its member out. */
const LIMITS = { email: { free: 5, longestSeconds: 300 }, address: { free: 20, longestSeconds: 900 } } as const;

/**
 * Slows down guessing, for one e-mail address and from one source address, in all processes together: beyond the free
 * failures each pause is twice the last. An attempt counts as failed from its start until it succeeds, so that many
 * at once don't slip through.
 */
@Injectable()
export class SignInThrottle {
  constructor(private readonly database: DataSource) {}

  /** Counts an attempt. Throws `session.throttled` during a pause; such an attempt does not make it longer. */
  async begin(email: string, address: string | undefined): Promise<void> {
    if (address !== undefined) await this.count('address', networkOf(address));
    await this.count('email', email);
  }

  /** Takes the attempt back: it was the member. */
  async succeed(email: string, address: string | undefined): Promise<void> {
    await this.database.query(`delete from sign_in_attempt where subject = $1`, [`email:${email}`]);
    await this.database.query(
      `update sign_in_attempt set failures = greatest(failures - 1, 0), blocked_until = now() where subject = $1`,
      [`address:${networkOf(address ?? '')}`],
    );
  }

  private async count(kind: keyof typeof LIMITS, value: string): Promise<void> {
    const { free, longestSeconds } = LIMITS[kind];
    const subject = `${kind}:${value}`;
    const counted = await this.database.query<unknown[]>(
      `insert into sign_in_attempt as seen (subject, failures, blocked_until, last_at) values ($1, 1, now(), now())
       on conflict (subject) do update set
         failures = case when seen.last_at < now() - $4::interval then 1 else seen.failures + 1 end,
         blocked_until = now() + make_interval(secs => case
           when seen.failures + 1 < $2::int or seen.last_at < now() - $4::interval then 0
           else least($3::int, power(2, least(seen.failures + 1 - $2::int, 20))) end),
         last_at = now()
       where seen.blocked_until <= now()
       returning 1`,
      [subject, free, longestSeconds, FORGET_AFTER],
    );
    if (counted.length === 0) throw signInErrors.throttled({ retryAfterSeconds: await this.pause(subject) });
  }

  private async pause(subject: string): Promise<number> {
    const [row] = await this.database.query<{ seconds: number }[]>(
      `select ceil(extract(epoch from blocked_until - now()))::int as seconds from sign_in_attempt where subject = $1`,
      [subject],
    );
    return Math.max(1, row?.seconds ?? 1);
  }
}

/** Whose address it is: of IPv6 the first 64 bits, since a customer gets at least so many addresses. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? `${parsed.parts.slice(0, 4).join(':')}::/64` : parsed.toString();
}
