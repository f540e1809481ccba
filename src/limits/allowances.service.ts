import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { Writes, type Write } from '../audit/writes.service.js';
import { AppError } from '../common/errors/app-error.js';
import type { Access } from '../common/http/access.js';
import type { NamedPlace } from '../common/http/by-name.decorator.js';
import { assertVersion, type ExpectedVersion } from '../common/http/etag.js';
import { toPage, type Page } from '../common/http/paging.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { ProjectsService } from '../identity/projects.service.js';
import { namePage, pageByName } from '../providers/scope.js';
import { amountOf, applyAllowance, assertSameShape, blankAllowance } from './allowance-shape.js';
import { AllowanceSubjects } from './allowance-subjects.service.js';
import { toAllowanceView, type AllowanceView } from './allowance-view.dto.js';
import type {
  CreateAllowance,
  ListAllowances,
  PutAllowance,
  RaiseAllowance,
  UpdateAllowance,
} from './allowance.dto.js';
import { Allowance } from './allowance.entity.js';
import { allowanceErrors } from './allowances.errors.js';

/** Allowances: made, changed, raised, reset and removed by those who may. */
@Injectable()
export class AllowancesService {
  constructor(
    @InjectRepository(Allowance) private readonly allowances: Repository<Allowance>,
    private readonly subjects: AllowanceSubjects,
    private readonly projects: ProjectsService,
    private readonly writes: Writes,
  ) {}

  /** Lists by name. */
  async list(access: Access, filter: ListAllowances): Promise<Page<AllowanceView>> {
    const { limit, after } = namePage(filter);
    const { project, scope, subject, q } = filter;
    const query = reachable(
      this.allowances.createQueryBuilder('allowance'),
      await this.projects.narrow(access, project),
    );
    if (scope !== undefined) query.andWhere('allowance.scope = :scope', { scope });
    if (subject !== undefined) {
      const ids = ['profileId', 'tokenId', 'providerId', 'modelId'].map((name) => `cast(allowance.${name} as text)`);
      query.andWhere(`:subject in (${ids.join(', ')})`, { subject });
    }
    if (q !== undefined) query.andWhere('strpos(lower(allowance.name), lower(:q)) > 0', { q });
    const rows = await pageByName(query, limit + 1, after).getMany();
    return toPage(rows, limit, { view: toAllowanceView, cursor: ({ name, id }) => [name, id] });
  }

  /** One allowance. Throws `allowance.not_found` also for one out of reach. */
  async get(access: Access, id: string): Promise<AllowanceView> {
    return toAllowanceView(await this.row(access, id));
  }

  /** The row itself, for services of this room. */
  async row(access: Access, id: string): Promise<Allowance> {
    const row = await reachable(this.allowances.createQueryBuilder('allowance'), access)
      .andWhere('allowance.id = :id', { id })
      .getOne();
    if (!row) throw allowanceErrors.not_found({ id });
    return row;
  }

  /** Adds an allowance. Throws `allowance.name_taken`, `allowance.invalid_field`, 404 for an unknown subject. */
  async create(access: Access, input: CreateAllowance, project?: string): Promise<AllowanceView> {
    const target = await this.subjects.resolve(access, await this.subjects.place(access, project), input);
    const allowance = blankAllowance(target, input);
    return this.writes.run(access, (write) => save(write, allowance, { action: 'allowance.created', before: null }));
  }

  /** Creates the allowance of that name, or changes it. Throws `allowance.shape_fixed` too. */
  async put(
    access: Access,
    { name, within }: NamedPlace,
    input: PutAllowance,
    expected: ExpectedVersion,
  ): Promise<{ view: AllowanceView; isNew: boolean }> {
    const target = await this.subjects.resolve(access, await this.subjects.place(access, within), input);
    const wanted = blankAllowance(target, { ...input, name });
    const attempt = (): Promise<{ view: AllowanceView; isNew: boolean }> =>
      this.writes.run(access, async (write) => {
        const existing = await lockedByName(write.manager, wanted);
        assertVersion(existing?.version ?? null, expected);
        if (!existing) {
          return { view: await save(write, wanted, { action: 'allowance.created', before: null }), isNew: true };
        }
        assertSameShape(existing, wanted);
        return { view: await change(write, existing, input), isNew: false };
      });
    // Somebody may create it between the look and the insert; then it is there to be changed.
    return attempt().catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'allowance.name_taken') return attempt();
      throw error;
    });
  }

  /** Changes the fields that are given. */
  update(access: Access, id: string, changes: UpdateAllowance, expected: ExpectedVersion): Promise<AllowanceView> {
    return this.locked(access, id, expected, (write, allowance) => change(write, allowance, changes));
  }

  /** Sets what was counted back to zero. What is held at that moment is not counted any more. */
  reset(access: Access, id: string, expected: ExpectedVersion): Promise<AllowanceView> {
    return this.locked(access, id, expected, (write, allowance) => {
      const before = toAllowanceView(allowance);
      allowance.epoch += 1;
      allowance.resetAt = new Date();
      return save(write, allowance, { action: 'allowance.reset', before });
    });
  }

  /** Adds to the limit for a while; `null` ends a raise. Throws `allowance.raise_passed`. */
  raise(access: Access, id: string, raise: RaiseAllowance | null, expected: ExpectedVersion): Promise<AllowanceView> {
    return this.locked(access, id, expected, (write, allowance) => {
      if (raise && raise.until.getTime() <= Date.now()) throw allowanceErrors.raise_passed();
      const before = toAllowanceView(allowance);
      allowance.raisedBy = raise ? String(amountOf('by', allowance.metric, raise.by)) : '0';
      allowance.raisedUntil = raise?.until ?? null;
      return save(write, allowance, { action: 'allowance.raised', before });
    });
  }

  /** Removes it, with what it has counted. */
  async remove(access: Access, id: string, expected: ExpectedVersion): Promise<void> {
    await this.locked(access, id, expected, async (write, allowance) => {
      const view = toAllowanceView(allowance);
      await write.manager.delete(Allowance, { id });
      note(write, allowance, { action: 'allowance.removed', before: view, after: null });
    });
  }

  private locked<T>(
    access: Access,
    id: string,
    expected: ExpectedVersion,
    work: (write: Write, allowance: Allowance) => Promise<T>,
  ): Promise<T> {
    return this.writes.run(access, async (write) => {
      const allowance = await reachable(write.manager.createQueryBuilder(Allowance, 'allowance'), access)
        .andWhere('allowance.id = :id', { id })
        .setLock('pessimistic_write')
        .getOne();
      if (!allowance) throw allowanceErrors.not_found({ id });
      assertVersion(allowance.version, expected);
      return work(write, allowance);
    });
  }
}

/** Narrows a query to what the caller reaches; those of the whole tenant need a role in the whole tenant. */
function reachable(
  query: SelectQueryBuilder<Allowance>,
  { tenantId, projectIds }: Access,
): SelectQueryBuilder<Allowance> {
  query.where('allowance.tenantId = :tenantId', { tenantId });
  return projectIds === 'all' ? query : query.andWhere('allowance.projectId = any(:projectIds)', { projectIds });
}

function lockedByName(manager: EntityManager, { tenantId, projectId, name }: Allowance): Promise<Allowance | null> {
  return manager
    .createQueryBuilder(Allowance, 'allowance')
    .where('allowance.tenantId = :tenantId and allowance.name = :name', { tenantId, name })
    .andWhere('allowance.projectId is not distinct from :projectId', { projectId })
    .setLock('pessimistic_write')
    .getOne();
}

function change(write: Write, allowance: Allowance, changes: UpdateAllowance): Promise<AllowanceView> {
  const before = toAllowanceView(allowance);
  applyAllowance(allowance, changes);
  return save(write, allowance, { action: 'allowance.updated', before });
}

async function save(
  write: Write,
  allowance: Allowance,
  fact: { action: string; before: AllowanceView | null },
): Promise<AllowanceView> {
  try {
    await write.manager.save(allowance);
  } catch (error) {
    if (!isUniqueViolation(error, 'allowance_name_key')) throw error;
    throw allowanceErrors.name_taken({ name: allowance.name }, { cause: error });
  }
  const after = toAllowanceView(allowance);
  note(write, allowance, { ...fact, after });
  return after;
}

function note(
  write: Write,
  { id, name, projectId }: Allowance,
  fact: { action: string; before: AllowanceView | null; after: AllowanceView | null },
): void {
  write.audit({ ...fact, projectId, target: { kind: 'allowance', id, label: name } });
  write.changed('allowance', id);
}
