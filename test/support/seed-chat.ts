import { newId } from '../../src/common/ids.js';
import { insertTokens } from './tokens.js';

type Query = <Row extends object>(sql: string, parameters?: unknown[]) => Promise<Row[]>;

/**
 * Sets up by SQL what a chat needs: a tenant, a token, and the profile `chat` that leads to `baseUrl` at a price of 1 µUSD
 * for 1M tokens, with the credential in `UPSTREAM_KEY`. Start the server afterwards. Returns the token's text.
 */
export async function seedChat(query: Query, baseUrl: string): Promise<string> {
  const [tenant, project, provider, model, profile] = Array.from({ length: 5 }, newId);
  await query(`insert into tenant (id, name, is_root) values ($1, 'default', true)`, [tenant]);
  await query(`insert into project (id, tenant_id, name) values ($1, $2, 'default')`, [project, tenant]);
  await query(
    `insert into provider (id, tenant_id, name, driver, base_url, credential_reference, connect_ms, first_byte_ms, idle_ms, total_ms)
     values ($1, $2, 'upstream', 'openai', $3, 'env:UPSTREAM_KEY', 5000, 60000, 60000, 600000)`,
    [provider, tenant, baseUrl],
  );
  await query(
    `insert into model (id, tenant_id, provider_id, name, upstream_id, operation)
     values ($1, $2, $3, 'sim-chat', 'sim-chat', 'chat')`,
    [model, tenant, provider],
  );
  await query(
    `insert into price (id, tenant_id, model_id, effective_from, source, input, output)
     values ($1, $2, $3, '2020-01-01', 'manual', 1, 1)`,
    [newId(), tenant, model],
  );
  await query(
    `insert into profile (id, tenant_id, project_id, name, operation, revision_id, revision_number)
     values ($1, $2, $3, 'chat', 'chat', $4, 1)`,
    [profile, tenant, project, newId()],
  );
  await query(`insert into profile_name (project_id, name, profile_id, position) values ($1, 'chat', $2, 0)`, [
    project,
    profile,
  ]);
  await query(
    `insert into profile_target (id, profile_id, model_id, position, weight, priority, is_enabled)
     values ($1, $2, $3, 0, 1, 0, true)`,
    [newId(), profile, model],
  );
  const [token] = await insertTokens({ query }, { tenantId: tenant!, projectId: project! }, 1);
  return token!.text;
}
