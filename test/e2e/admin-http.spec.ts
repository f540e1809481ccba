import { newId } from '../../src/common/ids.js';
import { encodeCursor } from '../../src/common/http/paging.js';
import { createPlace, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const LISTS = [
  'tenants',
  'projects',
  'members',
  'admin-keys',
  'secrets',
  'providers',
  'models',
  'profiles',
  'tokens',
  'allowances',
  'requests',
  'audit',
  'catalogue/models',
  'health/targets',
];

describe('the admin API', () => {
  let gateway: TestApp;
  let place: Place;
  let owner: Send;

  beforeAll(async () => {
    gateway = await startTestApp();
    place = await createPlace(gateway, { isRoot: true });
    owner = await sendAs(gateway, 'owner', { tenantId: place.tenantId });
  });
  afterAll(() => gateway.close());

  it.each(LISTS)('refuses cursors of %s that it did not give out', async (list) => {
    const made = [[''], ['x'], ['x', 'y'], ['a\0', newId()], ['\ud800'], ['9'.repeat(20)], ['-000001-01-01', newId()]];
    for (const cursor of ['', '%20', ...made.map(encodeCursor)]) {
      const answer = await owner('GET', `/admin/v1/${list}?cursor=${cursor}`);
      expect([200, 400]).toContain(answer.status); // a made-up name is a fine place to go on from
      if (answer.status === 400) expect(await answer.json()).toMatchObject({ code: 'paging.bad_cursor' });
    }
  });

  it('says which id in a path is none', async () => {
    const answer = await owner('GET', '/admin/v1/providers/nobody');
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'request.invalid', details: { issues: [{ path: 'id' }] } });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded'])('refuses a body as %s', async (type) => {
    const answer = await owner('POST', '/admin/v1/projects', 'name=search', { headers: { 'content-type': type } });
    expect(answer.status).toBe(415);
  });

  it('takes changes without a body, whatever type it would be', async () => {
    const type = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect((await owner('POST', `/admin/v1/tokens/${newId()}/revoke`, '', type)).status).toBe(404);
  });

  it.each([
    ['projects', { capture: null }],
    ['projects', { captureDays: null }],
    ['members', { email: 'ada@example.com', roles: [{ role: 'viewer', project: null }] }],
    ['providers', { driver: 'openai', baseUrl: 'https://api.example.com/v1', isEnabled: null }],
  ])('refuses null for what may be left out but has no empty value (%s)', async (resource, body) => {
    const answer = await owner('POST', `/admin/v1/${resource}`, { name: 'nulled', ...body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'request.invalid' });
  });

  it.each([0, -1, 99_999_999_999])('has no revision %s', async (number) => {
    const profile = { name: `revised${number}`, operation: 'chat', targets: [] };
    const made = await owner('POST', '/admin/v1/profiles?project=' + (await project()), profile);
    const { id } = (await made.json()) as { id: string };
    expect((await owner('GET', `/admin/v1/profiles/${id}/revisions/${number}`)).status).toBe(404);
  });

  describe('a put by name', () => {
    const puts = [
      ['projects', {}],
      ['secrets', { value: 'v' }],
      ['providers', { driver: 'openai', baseUrl: 'https://api.example.com/v1' }],
      ['profiles', { operation: 'chat', targets: [] }],
      ['tokens', {}],
      ['admin-keys', { role: 'viewer' }],
      ['allowances', { scope: 'project', metric: 'requests', window: 'day', limit: '5' }],
    ] as const;

    it.each(puts)('of %s creates only when If-None-Match is *', async (resource, body) => {
      const only = { headers: { 'if-none-match': '*' } };
      expect((await put(resource, 'single', body, only)).status).toBe(201);
      const second = await put(resource, 'single', body, only);
      expect(second.status).toBe(412);
      expect(await second.json()).toMatchObject({ code: 'version.exists' });
      expect((await put(resource, 'single', body)).status).toBe(200);
    });

    it.each(puts)('of %s changes only when If-Match is sent', async (resource, body) => {
      for (const etag of ['"1"', '*']) {
        const answer = await put(resource, 'absent', body, { headers: { 'if-match': etag } });
        expect(answer.status).toBe(412);
        expect(await answer.json()).toMatchObject({ code: 'version.missing' });
      }
      expect((await put(resource, 'absent', body)).status).toBe(201);
      expect((await put(resource, 'absent', body, { headers: { 'if-match': '*' } })).status).toBe(200);
    });
  });

  async function put(resource: string, name: string, body: object, init: RequestInit = {}): Promise<Response> {
    const within = resource === 'projects' ? '' : `?project=${await project()}`;
    return owner('PUT', `/admin/v1/${resource}/by-name/${name}${within}`, body, init);
  }

  async function project(): Promise<string> {
    const answer = await owner('PUT', '/admin/v1/projects/by-name/putting', {});
    return ((await answer.json()) as { id: string }).id;
  }
});
