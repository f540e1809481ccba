import type { TestDatabase } from './test-database.js';

/** A tenant with one project, and in it as many profiles and tokens as asked for. */
export interface ManyTokens {
  readonly tenantId: string;
  readonly projectId: string;
}

/** Fills an empty database by SQL. Each token is bound to one profile; every tenth has scopes, a range and metadata. */
export async function insertMany(
  database: TestDatabase,
  { profiles, tokens }: { profiles: number; tokens: number },
): Promise<ManyTokens> {
  const [tenant] = await database.query<{ id: string }>(
    `insert into tenant (id, name) values (gen_random_uuid(), 'many') returning id`,
  );
  const tenantId = tenant?.id ?? '';
  const [project] = await database.query<{ id: string }>(
    `insert into project (id, tenant_id, name) values (gen_random_uuid(), $1, 'many') returning id`,
    [tenantId],
  );
  const projectId = project?.id ?? '';
  await database.query(
    `with made as (
       insert into profile (id, tenant_id, project_id, name, operation, revision_id, revision_number)
       select gen_random_uuid(), $1, $2, 'profile-' || n, 'chat', gen_random_uuid(), 1 from generate_series(1, $3) n
       returning id, name)
     insert into profile_name (project_id, name, profile_id, position) select $2, name, id, 0 from made`,
    [tenantId, projectId, profiles],
  );
  await database.query(
    `with made as (
       insert into token (id, tenant_id, project_id, name, public_id, digest, has_all_profiles, scopes,
         allowed_addresses, metadata)
       select gen_random_uuid(), $1, $2, 'token-' || n, lpad(n::text, 16, '0'), encode(sha256(n::text::bytea), 'hex'),
         false, case when n % 10 = 0 then '{chat,embeddings}'::text[] end,
         case when n % 10 = 0 then '{10.0.0.0/8,fd00::/8}'::text[] end,
         case when n % 10 = 0 then jsonb_build_object('team', 'team-' || n % 50) else '{}' end
       from generate_series(1, $3) n returning id, name)
     insert into token_profile (token_id, profile_id, project_id)
     select made.id, p.id, $2 from made
     join profile p on p.name = 'profile-' || (1 + substr(made.name, 7)::int % $4::int) and p.project_id = $2`,
    [tenantId, projectId, tokens, profiles],
  );
  await database.query(`analyze`);
  return { tenantId, projectId };
}
