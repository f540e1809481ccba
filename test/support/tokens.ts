import { issueCredential } from '../../src/common/credential.js';
import { newId } from '../../src/common/ids.js';
import type { Place } from './principals.js';
import type { TestDatabase } from './test-database.js';

/** A token and its text. */
export interface InsertedToken {
  readonly id: string;
  readonly text: string;
}

/** Makes tokens for all of a project by SQL, in one statement. They are not announced: start the app afterwards. */
export async function insertTokens(
  database: Pick<TestDatabase, 'query'>,
  { tenantId, projectId }: Place,
  count: number,
): Promise<InsertedToken[]> {
  const made = Array.from({ length: count }, () => ({ id: newId(), ...issueCredential('wgl') }));
  await database.query(
    `insert into token (id, tenant_id, project_id, name, public_id, digest, has_all_profiles)
     select made.id, $1, $2, 'token ' || made.id, made.public_id, made.digest, true
     from unnest($3::uuid[], $4::text[], $5::text[]) as made (id, public_id, digest)`,
    [
      tenantId,
      projectId,
      made.map(({ id }) => id),
      made.map(({ publicId }) => publicId),
      made.map(({ digest }) => digest),
    ],
  );
  return made.map(({ id, text }) => ({ id, text }));
}
