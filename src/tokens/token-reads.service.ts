import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Brackets, Repository, type SelectQueryBuilder } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { decodeCursor, DEFAULT_PAGE_SIZE, toPage, type Page } from '../common/http/paging.js';
import { ProjectsService } from '../identity/projects.service.js';
import { ProfileNames } from '../profiles/profile-names.service.js';
import { TokenBindings } from './token-bindings.service.js';
import { type ListTokens } from './token.dto.js';
import { toTokenView, type TokenView } from './token-view.dto.js';
import { Token } from './token.entity.js';
import { STATUS_CONDITIONS } from './token-status.js';
import { tokenErrors } from './tokens.errors.js';

/** Looks tokens up. */
@Injectable()
export class TokenReads {
  constructor(
    @InjectRepository(Token) private readonly tokens: Repository<Token>,
    private readonly bindings: TokenBindings,
    private readonly projects: ProjectsService,
    private readonly profiles: ProfileNames,
  ) {}

  /** One token. Throws `token.not_found` also for one out of reach. */
  async get(access: Access, id: string): Promise<TokenView> {
    const token = await reachable(this.tokens.createQueryBuilder('token'), access)
      .andWhere('token.id = :id', { id })
      .getOne();
    if (!token) throw tokenErrors.not_found({ token: id });
    const [details] = await this.bindings.detailed(this.tokens.manager, [token]);
    if (!details) throw tokenErrors.not_found({ token: id });
    return toTokenView(details);
  }

  /** The project's token of that name that is not revoked. Throws `token.not_found`. */
  async getByName(access: Access, name: string, projectParam?: string): Promise<TokenView> {
    const projectId = await this.projects.resolve(access, projectParam);
    const token = await this.tokens
      .createQueryBuilder('token')
      .where('token.projectId = :projectId and token.name = :name and token.revokedAt is null', { projectId, name })
      .getOne();
    if (!token) throw tokenErrors.not_found({ token: name });
    return this.get(access, token.id);
  }

  /** Lists, the newest first. */
  async list(access: Access, filter: ListTokens): Promise<Page<TokenView>> {
    const { limit = DEFAULT_PAGE_SIZE, cursor, project, profile, status, q } = filter;
    const query = reachable(this.tokens.createQueryBuilder('token'), await this.projects.narrow(access, project));
    if (profile !== undefined) await this.onlyWith(query, access, profile);
    if (status !== undefined) query.andWhere(STATUS_CONDITIONS[status]);
    if (q !== undefined) query.andWhere('(strpos(lower(token.name), lower(:q)) > 0 or token.publicId = :q)', { q });
    if (cursor !== undefined) query.andWhere('token.id < :after::uuid', { after: decodeCursor(cursor, 'id')[0] });
    const tokens = await query
      .orderBy('token.id', 'DESC')
      .take(limit + 1)
      .getMany();
    const rows = await this.bindings.detailed(this.tokens.manager, tokens);
    return toPage(rows, limit, { view: toTokenView, cursor: ({ token }) => [token.id] });
  }

  private async onlyWith(query: SelectQueryBuilder<Token>, access: Access, reference: string): Promise<void> {
    const found = await this.profiles.find(access, reference);
    const parameters = { profileIds: found.map(({ id }) => id), ofProjects: found.map(({ projectId }) => projectId) };
    query.andWhere(
      new Brackets((either) =>
        either
          .where('token.hasAllProfiles and token.projectId = any(:ofProjects)', parameters)
          .orWhere(
            'exists (select from token_profile where token_id = token.id and profile_id = any(:profileIds))',
            parameters,
          ),
      ),
    );
  }
}

/** Narrows a query to what the caller reaches. */
function reachable(query: SelectQueryBuilder<Token>, { tenantId, projectIds }: Access): SelectQueryBuilder<Token> {
  query.where('token.tenantId = :tenantId', { tenantId });
  return projectIds === 'all' ? query : query.andWhere('token.projectId = any(:projectIds)', { projectIds });
}
