import { Injectable } from '@nestjs/common';
import type { Access } from '../common/http/access.js';
import { ProjectsService } from '../identity/projects.service.js';

/** What the things in a report are called now. */
@Injectable()
export class Labels {
  constructor(private readonly projects: ProjectsService) {}

  /** Names by id, as far as they are still there. */
  async of(access: Access, kind: string, keys: readonly (string | null)[]): Promise<ReadonlyMap<string, string>> {
    const ids = keys.filter((key) => key !== null);
    return kind === 'project' ? this.projects.names(access, ids) : new Map();
  }
}
