import { Injectable } from '@nestjs/common';
import { Writes } from '../audit/writes.service.js';
import type { Access } from '../common/http/access.js';
import { assertVersion, type ExpectedVersion } from '../common/http/etag.js';
import type { Page } from '../common/http/paging.js';
import { ProjectsService } from '../identity/projects.service.js';
import { SecretRecords, type SecretFilter, type SecretRecord } from '../vault/secret-records.service.js';
import { Secrets } from '../vault/secrets.service.js';

/** Secrets as operators manage them, by project and name. The vault seals and opens; nothing here sees a key. */
@Injectable()
export class SecretsAdmin {
  constructor(
    private readonly writes: Writes,
    private readonly secrets: Secrets,
    private readonly records: SecretRecords,
    private readonly projects: ProjectsService,
  ) {}

  async list(access: Access, { project, ...filter }: SecretFilter & { project?: string }): Promise<Page<SecretRecord>> {
    return this.records.list(await this.projects.narrow(access, project), filter);
  }

  get(access: Access, id: string): Promise<SecretRecord> {
    return this.records.get(access, id);
  }

  async create(
    access: Access,
    { name, value, project }: { name: string; value: string; project?: string },
  ): Promise<SecretRecord> {
    const projectId = await this.scopeOf(access, project);
    return this.writes.run(access, async (write) => {
      const id = await this.secrets.put(write, access, { name, value, projectId });
      return this.records.get(access, id, write.manager);
    });
  }

  /** Creates the secret of that name, or replaces its value. `isNew` says which. */
  async put(
    access: Access,
    { name, value, project, expected }: { name: string; value: string; project?: string; expected: ExpectedVersion },
  ): Promise<{ secret: SecretRecord; isNew: boolean }> {
    const projectId = await this.scopeOf(access, project);
    return this.writes.run(access, async (write) => {
      const existing = await this.records.findId(write.manager, access, { name, projectId });
      if (existing) await this.secrets.replace(write, access, { id: existing, value, expected });
      else assertVersion(null, expected);
      const id = existing ?? (await this.secrets.put(write, access, { name, value, projectId }));
      return { secret: await this.records.get(access, id, write.manager), isNew: existing === null };
    });
  }

  update(
    access: Access,
    change: { id: string; name?: string; value?: string; expected: ExpectedVersion },
  ): Promise<SecretRecord> {
    return this.writes.run(access, async (write) => {
      await this.secrets.update(write, access, change);
      return this.records.get(access, change.id, write.manager);
    });
  }

  remove(access: Access, id: string, expected: ExpectedVersion): Promise<void> {
    return this.writes.run(access, (write) => this.secrets.remove(write, access, id, expected));
  }

  /** The project that a secret goes to; `null`, the whole tenant, for those who reach all of it and name none. */
  private async scopeOf(access: Access, project?: string): Promise<string | null> {
    if (project === undefined && access.projectIds === 'all') return null;
    return this.projects.resolve(access, project);
  }
}
