import { Injectable, type OnModuleInit } from '@nestjs/common';
import { isUUID } from 'class-validator';
import type { EntityManager } from 'typeorm';
import { reaches, type Access } from '../common/http/access.js';
import { ModelsService } from '../models/models.service.js';
import { ProfileNames } from '../profiles/profile-names.service.js';
import { ProviderScopes } from '../providers/provider-scopes.service.js';
import { TokenReads } from '../tokens/token-reads.service.js';
import type { AllowanceTarget } from './allowance-shape.js';
import type { CreateAllowance } from './allowance.dto.js';
import { allowanceErrors } from './allowances.errors.js';

/** What an allowance names, as far as it is about that. */
export type SubjectInput = Pick<CreateAllowance, 'scope' | 'subject' | 'metadataKey' | 'metadataValue'>;

/** Finds what an allowance belongs to, within the caller's reach, and keeps it from being removed. */
@Injectable()
export class AllowanceSubjects implements OnModuleInit {
  constructor(
    private readonly scopes: ProviderScopes,
    private readonly profiles: ProfileNames,
    private readonly tokens: TokenReads,
    private readonly models: ModelsService,
  ) {}

  onModuleInit(): void {
    this.profiles.register((manager, id) => allowancesOf(manager, 'profile_id', id));
    this.models.registerDependants((manager, id) => allowancesOf(manager, 'model_id', id));
  }

  /** The project that a write goes to; `null`: the whole tenant. */
  place(access: Access, project?: string): Promise<string | null> {
    return this.scopes.resolve(access, project);
  }

  /** Where an allowance goes and what it is about. Throws 404 for what is out of reach, 400 for what does not fit. */
  async resolve(access: Access, projectId: string | null, input: SubjectInput): Promise<AllowanceTarget> {
    if (!reaches(access, projectId)) throw allowanceErrors.tenant_wide();
    assertFits(projectId, input);
    const none = { profileId: null, tokenId: null, providerId: null, modelId: null };
    const target = { ...none, tenantId: access.tenantId, projectId };
    const narrowed = projectId === null ? access : { ...access, projectIds: [projectId] };
    const { scope, subject } = input;
    if (subject === undefined) return target;
    if (scope === 'profile') return { ...target, ...(await this.profile(narrowed, subject)) };
    if (scope === 'token') return { ...target, ...(await this.token(narrowed, projectId, subject)) };
    if (scope === 'provider') return { ...target, providerId: (await this.scopes.provider(narrowed, subject)).id };
    return { ...target, modelId: (await this.models.get(narrowed, subject)).id };
  }

  private async profile(access: Access, subject: string): Promise<{ profileId: string }> {
    const [found, another] = await this.profiles.find(access, subject);
    if (!found) throw invalid('subject', 'is no profile within reach');
    if (another) throw invalid('subject', 'is the name of several profiles: give an id or a project');
    return { profileId: found.id };
  }

  private async token(access: Access, projectId: string | null, subject: string): Promise<{ tokenId: string }> {
    if (isUUID(subject)) return { tokenId: (await this.tokens.get(access, subject)).id };
    const place = projectId ?? undefined;
    return { tokenId: (await this.tokens.getByName(access, subject, place)).id };
  }
}

const NAMED: ReadonlySet<string> = new Set(['profile', 'token', 'provider', 'model']);

function assertFits(projectId: string | null, input: SubjectInput): void {
  const { scope, subject } = input;
  if (NAMED.has(scope) !== (subject !== undefined)) {
    const isNamed = NAMED.has(scope);
    throw invalid('subject', isNamed ? `must name the ${scope}` : `must be left out for scope ${scope}`);
  }
  if (scope === 'model' && !isUUID(subject)) throw invalid('subject', "must be the model's id");
  if (scope === 'tenant' && projectId !== null) throw invalid('scope', 'tenant is not for an allowance of a project');
  if (scope === 'project' && projectId === null) throw invalid('scope', 'project needs ?project=');
  assertMetadata(input);
}

function assertMetadata({ scope, metadataKey, metadataValue }: SubjectInput): void {
  if ((scope === 'metadata') !== (metadataKey !== undefined)) {
    throw invalid('metadataKey', 'must be given for scope metadata, and for no other');
  }
  if (scope !== 'metadata' && scope !== 'run' && metadataValue) {
    throw invalid('metadataValue', 'is for the scopes metadata and run');
  }
}

function invalid(path: string, message: string): Error {
  return allowanceErrors.invalid_field({ issues: [{ path, message }] });
}

function allowancesOf(
  manager: EntityManager,
  column: 'profile_id' | 'model_id',
  id: string,
): Promise<{ kind: string; id: string; name: string }[]> {
  return manager.query(
    `select 'allowance' as kind, id, name from allowance where ${column} = $1 order by name limit 20`,
    [id],
  );
}
