import { newId } from '../../src/common/ids.js';
import type { Place } from './principals.js';
import type { TestDatabase } from './test-database.js';

/** Makes a profile without targets by SQL; returns its id. */
export async function insertProfile(
  database: TestDatabase,
  { tenantId, projectId }: Place,
  name: string,
): Promise<string> {
  const id = newId();
  await database.query(
    `with made as (
       insert into profile (id, tenant_id, project_id, name, operation, revision_id, revision_number)
       values ($1, $2, $3, $4, 'chat', $5, 1) returning id)
     insert into profile_name (project_id, name, profile_id, position) select $3, $4, id, 0 from made`,
    [id, tenantId, projectId, name, newId()],
  );
  return id;
}
