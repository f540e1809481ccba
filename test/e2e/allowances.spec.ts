import { createOwner, sendAs, type Place, type Send } from '../support/principals.js';
import { insertProfile } from '../support/profiles.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { insertTokens } from '../support/tokens.js';

const PATH = '/admin/v1/allowances';

interface View {
  readonly id: string;
  readonly [field: string]: unknown;
}

describe('allowances', () => {
  let gateway: TestApp;
  let place: Place & { send: Send };
  let send: Send;

  beforeAll(async () => {
    gateway = await startTestApp();
    place = await createOwner(gateway);
    ({ send } = place);
    return () => gateway.close();
  });

  const budget = { scope: 'tenant', metric: 'money', window: 'month', limit: '250.5' };

  async function create(body: object, query = ''): Promise<View> {
    const response = await send('POST', PATH + query, body);
    const text = await response.text();
    expect(response.status, text).toBe(201);
    return JSON.parse(text) as View;
  }

  async function codeOf(response: Promise<Response>): Promise<[number, string]> {
    const answer = await response;
    return [answer.status, ((await answer.json()) as { code: string }).code];
  }

  it('are made with defaults that fail on the safe side for money, and shown again', async () => {
    const view = await create({ ...budget, name: 'whole budget' });
    expect(view).toMatchObject({
      projectId: null,
      scope: 'tenant',
      metric: 'money',
      window: 'month',
      timeZone: 'UTC',
      limit: '250.5',
      thresholds: [50, 80, 100],
      isHard: true,
      onPostgresDown: 'closed',
      isEnabled: true,
      raise: null,
    });
    const shown = await send('GET', `${PATH}/${view.id}`);
    expect(shown.headers.get('etag')).toBe('"1"');
    expect(await shown.json()).toEqual(view);
    const rate = await create({ name: 'rate', scope: 'tenant', metric: 'requests', window: 'minute', limit: 600 });
    expect(rate).toMatchObject({ limit: '600', onPostgresDown: 'open' });
  });

  it('belong to a profile or a token by name or id', async () => {
    const profileId = await insertProfile(gateway.database, place, 'limited');
    const [token] = await insertTokens(gateway.database, place, 1);
    const rate = { metric: 'total_tokens', window: 'minute', limit: '1000' };
    const ofProfile = await create({ ...rate, name: 'p', scope: 'profile', subject: 'limited' }, '?project=default');
    expect(ofProfile).toMatchObject({ subjectId: profileId, projectId: place.projectId });
    const ofToken = await create({ ...rate, name: 't', scope: 'token', subject: token!.id });
    expect(ofToken).toMatchObject({ subjectId: token!.id });
    const found = (await (await send('GET', `${PATH}?subject=${token!.id}`)).json()) as { items: View[] };
    expect(found.items.map(({ id }) => id)).toEqual([ofToken.id]);

    const [status, code] = await codeOf(send('DELETE', `/admin/v1/profiles/${profileId}`));
    expect([status, code]).toEqual([409, 'profile.in_use']);
  });

  it.each([
    ['no window', { metric: 'requests', window: undefined }],
    ['a window for concurrency', { metric: 'concurrency' }],
    ['a fraction of a request', { metric: 'requests', limit: '1.5' }],
    ['money with seven decimals', { limit: '0.0000001' }],
    ['a subject for a tenant', { subject: 'x' }],
    ['no subject for a token', { scope: 'token' }],
    ['a rolling window without its length', { window: 'rolling' }],
    ['metadata without a key', { scope: 'metadata' }],
    ['a project scope without a project', { scope: 'project' }],
  ])('are refused with %s', async (_, wrong) => {
    const [status] = await codeOf(send('POST', PATH, { ...budget, name: 'wrong', ...wrong }));
    expect(status).toBe(400);
  });

  it('have names of their own, and are changed against their version', async () => {
    const { id } = await create({ ...budget, name: 'mine' });
    expect(await codeOf(send('POST', PATH, { ...budget, name: 'mine' }))).toEqual([409, 'allowance.name_taken']);
    const stale = send('PATCH', `${PATH}/${id}`, { limit: '1' }, { headers: { 'if-match': '"7"' } });
    expect(await codeOf(stale)).toEqual([412, 'version.mismatch']);
    const changed = await send('PATCH', `${PATH}/${id}`, { limit: '1', isHard: false });
    expect(await changed.json()).toMatchObject({ limit: '1', isHard: false, version: 2 });
  });

  it('are put by name; what they count stays', async () => {
    const put = (body: object) => send('PUT', `${PATH}/by-name/put%20one`, body);
    expect((await put(budget)).status).toBe(201);
    const again = await put({ ...budget, limit: '9' });
    expect([again.status, ((await again.json()) as View).limit]).toEqual([200, '9']);
    expect(await codeOf(put({ ...budget, window: 'day' }))).toEqual([409, 'allowance.shape_fixed']);
  });

  it('are raised for a while, and reset', async () => {
    const { id } = await create({ ...budget, name: 'raised' });
    const until = new Date(Date.now() + 60_000).toISOString();
    const raised = await send('POST', `${PATH}/${id}/raise`, { by: '20', until });
    expect(await raised.json()).toMatchObject({ raise: { by: '20', until } });
    const past = send('POST', `${PATH}/${id}/raise`, { by: '20', until: '2020-01-01T00:00:00Z' });
    expect(await codeOf(past)).toEqual([400, 'allowance.raise_passed']);
    expect(await (await send('DELETE', `${PATH}/${id}/raise`)).json()).toMatchObject({ raise: null });
    const reset = (await (await send('POST', `${PATH}/${id}/reset`)).json()) as View;
    expect(reset.resetAt).not.toBeNull();
  });

  it('are gone once removed, with an entry in the audit trail', async () => {
    const { id } = await create({ ...budget, name: 'short-lived' });
    expect((await send('DELETE', `${PATH}/${id}`)).status).toBe(204);
    expect((await send('GET', `${PATH}/${id}`)).status).toBe(404);
    const trail = (await (await send('GET', '/admin/v1/audit?limit=1')).json()) as { items: View[] };
    expect(trail.items[0]).toMatchObject({ action: 'allowance.removed' });
  });

  it('are read by viewers and written by admins', async () => {
    const viewer = await sendAs(gateway, 'viewer', place);
    const operator = await sendAs(gateway, 'operator', place);
    expect((await viewer('GET', PATH)).status).toBe(200);
    expect((await operator('POST', PATH, { ...budget, name: 'not mine' })).status).toBe(403);
  });
});
