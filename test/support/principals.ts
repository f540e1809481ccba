import { issueCredential } from '../../src/common/credential.js';
import type { Role } from '../../src/common/http/permissions.js';
import { newId } from '../../src/common/ids.js';
import type { TestApp } from './test-app.js';

/** Sends an admin call as one principal. */
export type Send = TestApp['send'];

/** A tenant with a project, made with SQL: nothing under test is used to get there. */
export interface Place {
  readonly tenantId: string;
  readonly projectId: string;
}

/** Makes a tenant with one project. The first of a database is the root tenant unless told otherwise. */
export async function createPlace(
  { database }: TestApp,
  { name = `t-${newId()}`, isRoot = false }: { name?: string; isRoot?: boolean } = {},
): Promise<Place> {
  const tenantId = newId();
  await database.query(`insert into tenant (id, name, is_root) values ($1, $2, $3)`, [tenantId, name, isRoot]);
  return { tenantId, projectId: await createProject(database, tenantId, 'default') };
}

/** Makes a further project of a tenant; returns its id. */
export async function createProject(
  database: TestApp['database'],
  tenantId: string,
  name = `p-${newId()}`,
): Promise<string> {
  const id = newId();
  await database.query(`insert into project (id, tenant_id, name) values ($1, $2, $3)`, [id, tenantId, name]);
  return id;
}

/** Makes an admin key for a whole tenant or, with `projectId`, one project; returns its text. */
export async function createAdminKey(
  { database }: TestApp,
  { tenantId, projectId = null, role }: { tenantId: string; projectId?: string | null; role: Role },
): Promise<string> {
  const { text, publicId, digest } = issueCredential('wgla');
  const id = newId();
  await database.query(
    `insert into admin_key (id, tenant_id, project_id, name, role, public_id, digest, created_by)
     values ($1, $2, $3, $4, $5, $6, $7, 'test')`,
    [id, tenantId, projectId, `key-${id}`, role, publicId, digest],
  );
  return text;
}

/** `send` with this key. */
export function sendWith(gateway: TestApp, key: string): Send {
  return (method, path, body, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${key}`);
    return gateway.send(method, path, body, { ...init, headers });
  };
}

/** `send` as someone with `role` in a whole tenant or, with `projectId`, in one project. */
export async function sendAs(
  gateway: TestApp,
  role: Role,
  { tenantId, projectId }: { tenantId: string; projectId?: string },
): Promise<Send> {
  return sendWith(gateway, await createAdminKey(gateway, { tenantId, projectId: projectId ?? null, role }));
}

/** The quickest start: the root tenant with a project, and its owner. */
export async function createOwner(gateway: TestApp): Promise<Place & { send: Send }> {
  const place = await createPlace(gateway, { name: 'default', isRoot: true });
  return { ...place, send: await sendAs(gateway, 'owner', { tenantId: place.tenantId }) };
}

/** Signs in as a browser does; `send` then carries the cookie and the header against cross-site requests. */
export async function signIn(gateway: TestApp, email: string, password: string): Promise<Send> {
  const response = await gateway.send('POST', '/admin/v1/session', { email, password });
  if (response.status !== 204) throw new Error(`No session: ${response.status} ${await response.text()}`);
  const cookie = response.headers.getSetCookie()[0]!.split(';')[0]!;
  return (method, path, body, init) => {
    const headers = new Headers(init?.headers);
    headers.set('cookie', cookie);
    if (!headers.has('x-requested-with')) headers.set('x-requested-with', 'test');
    return gateway.send(method, path, body, { ...init, headers });
  };
}
