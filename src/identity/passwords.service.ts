import { Injectable } from '@nestjs/common';
import argon2 from 'argon2';
import { randomInt } from 'node:crypto';
import { signInErrors } from './sign-in.errors.js';

const COST = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const; // OWASP's minimum, KiB
const MOST_AT_ONCE = 2; // each takes a thread of the pool that also writes the journal, and 19 MiB
const MOST_WAITING = 50;
const READABLE = 'abcdefghjkmnpqrstuvwxyz23456789'; // without what is read as something else

/** Digests and checks passwords with Argon2id, a few at a time: a crowd at the door must not slow the relay. */
@Injectable()
export class Passwords {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private nobodys: Promise<string> | undefined;

  digest(password: string): Promise<string> {
    return this.inTurn(() => argon2.hash(password, COST));
  }

  /** Whether it is the password. An unknown member (`null`) takes as long as a known one, and is never right. */
  async isRight(digest: string | null, password: string): Promise<boolean> {
    const nobodys = await (this.nobodys ??= this.digest(oneTimePassword())); // waited for in both cases, once a process
    const isEqual = await this.inTurn(() => argon2.verify(digest ?? nobodys, password));
    return isEqual && digest !== null;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting.length >= MOST_WAITING) throw signInErrors.busy({ retryAfterSeconds: 5 });
    if (this.running >= MOST_AT_ONCE) await new Promise<void>((resolve) => void this.waiting.push(resolve));
    else this.running++;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next)
        next(); // hands its place on, so nobody can slip in between
      else this.running--;
    }
  }
}

/** A password to be used once and changed: 80 bits, readable aloud. */
export function oneTimePassword(): string {
  const letters = Array.from({ length: 16 }, () => READABLE[randomInt(READABLE.length)]).join('');
  return letters.match(/.{4}/g)!.join('-');
}
