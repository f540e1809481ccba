import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Request } from 'express';
import { callbackify } from 'node:util';
import passport from 'passport';
import { Strategy } from 'passport-local';
import { Repository } from 'typeorm';
import { Writes } from '../audit/writes.service.js';
import { systemAccess, type Access } from '../common/http/access.js';
import { Member } from './member.entity.js';
import { Passwords } from './passwords.service.js';
import { SignInThrottle } from './sign-in-throttle.service.js';
import { signInErrors } from './sign-in.errors.js';

/**
 * Tells from an e-mail address and a password who it is. Each app has a passport of its own, not the one that all of
 * a process would share; other ways to sign in (OIDC) become further strategies.
 */
@Injectable()
export class SignIn {
  private readonly passport = new passport.Passport();

  constructor(
    @InjectRepository(Member) private readonly members: Repository<Member>,
    private readonly passwords: Passwords,
    private readonly throttle: SignInThrottle,
    private readonly writes: Writes,
  ) {
    const options = { usernameField: 'email', passReqToCallback: true, session: false } as const;
    this.passport.use(
      new Strategy(options, (request, email, password, done) =>
        callbackify(() => this.member(request, email.trim().toLowerCase(), password))(done),
      ),
    );
  }

  /** The member who signs in with this request. Throws `session.refused`, `throttled` or `busy`. */
  authenticate(request: Request): Promise<Member> {
    return new Promise((resolve, reject) => {
      const decided = (error: unknown, member: Member | false | null | undefined): void => {
        if (error) reject(error);
        else if (member) resolve(member);
        else reject(signInErrors.refused());
      };
      this.passport.authenticate('local', decided)(request, request.res, reject);
    });
  }

  private async member({ ip }: Request, email: string, password: string): Promise<Member> {
    await this.throttle.begin(email, ip);
    const member = await this.members.findOneBy({ email, isEnabled: true });
    if (await this.passwords.isRight(member?.passwordDigest ?? null, password)) {
      await this.throttle.succeed(email, ip);
      return member as Member;
    }
    if (member) await this.recordRefusal(member, ip);
    throw signInErrors.refused();
  }

  private recordRefusal({ id, tenantId, email }: Member, address: string | undefined): Promise<void> {
    const system = systemAccess(tenantId);
    const access: Access = { ...system, actor: { ...system.actor, address: address ?? null } };
    return this.writes.run(access, async ({ audit }) =>
      audit({ action: 'session.refused', target: { kind: 'member', id, label: email } }),
    );
  }
}
