import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ProfileNames, type ProfileUser } from '../profiles/profile-names.service.js';
import type { TokenDetails } from './token-view.dto.js';
import type { Token } from './token.entity.js';
import { statusOf } from './token-status.js';

/** Which profiles tokens may call. */
@Injectable()
export class TokenBindings implements OnModuleInit {
  constructor(private readonly profiles: ProfileNames) {}

  onModuleInit(): void {
    this.profiles.register((manager, profileId) => this.tokensOf(manager, profileId));
  }

  /** Binds a saved token to these profiles of its project and to no others; `null`: to all. Throws `profile.not_found`. */
  async bind(manager: EntityManager, token: Token, references: readonly string[] | null): Promise<void> {
    await this.release(manager, token);
    if (references === null) return;
    const ids = await this.profiles.resolve(manager, token.projectId, references);
    await manager.query(
      `insert into token_profile (token_id, profile_id, project_id)
       select $1, profile_id, $2 from unnest($3::uuid[]) as profile_id`,
      [token.id, token.projectId, ids],
    );
  }

  /** Unbinds a token from all profiles, so that it keeps none of them from being removed. */
  async release(manager: EntityManager, { id }: Token): Promise<void> {
    await manager.query(`delete from token_profile where token_id = $1`, [id]);
  }

  /** The tokens with the profiles they are bound to, in the same order. */
  async detailed(manager: EntityManager, tokens: readonly Token[]): Promise<TokenDetails[]> {
    const bound = await manager.query<{ token_id: string; profile_id: string }[]>(
      `select token_id, profile_id from token_profile where token_id = any($1)`,
      [tokens.filter(({ hasAllProfiles }) => !hasAllProfiles).map(({ id }) => id)],
    );
    const names = await this.profiles.namesOf(manager, [...new Set(bound.map((row) => row.profile_id))]);
    const byToken = Map.groupBy(bound, (row) => row.token_id);
    const profilesOf = ({ id }: Token) =>
      (byToken.get(id) ?? [])
        .map(({ profile_id: profileId }) => ({ id: profileId, name: names.get(profileId) ?? profileId }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const now = Date.now();
    return tokens.map((token) => ({
      token,
      profiles: token.hasAllProfiles ? null : profilesOf(token),
      status: statusOf(token, now),
    }));
  }

  /** Revoked tokens are bound no longer, so they don't keep a profile. */
  private tokensOf(manager: EntityManager, profileId: string): Promise<ProfileUser[]> {
    return manager.query<ProfileUser[]>(
      `select 'token' as kind, token.id, token.name from token_profile
       join token on token.id = token_profile.token_id where profile_id = $1 order by token.name limit 20`,
      [profileId],
    );
  }
}
