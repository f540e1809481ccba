import { Compiler } from '../../src/routing/compiler.service.js';
import { CurrentSnapshot } from '../../src/snapshot/current-snapshot.js';
import { profileKey, type ProfileEntry } from '../../src/snapshot/snapshot.js';
import { createOwner, createPlace, createProject, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface View {
  id: string;
  name: string;
  version: number;
  revision: number;
  revisionId: string;
  targets: { modelId: string; modelName: string }[];
  warnings: { check: string; status: string }[];
}

interface Page {
  items: View[];
  nextCursor: string | null;
}

interface Revision {
  number: number;
  authorName: string;
  changes: { path: string; before: unknown; after: unknown }[];
  body?: object;
}

const profiles = '/admin/v1/profiles';

describe('admin/v1/profiles', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };
  let counter = 0;

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    await createProvider('one');
    await createProvider('two');
    for (const [provider, name] of [
      ['one', 'small'],
      ['one', 'large'],
      ['two', 'small'],
    ]) {
      await createModel({ provider, name, upstreamId: `${provider}-${name}`, price: { buckets: { input: '1' } } });
    }
    return () => gateway.close();
  });

  const json = async <T = View>(response: Promise<Response> | Response): Promise<T> =>
    (await (await response).json()) as T;
  const createProvider = async (name: string, place = '', send = root.send): Promise<string> => {
    const body = { name, driver: 'openai-compatible', baseUrl: 'http://127.0.0.1:11434/v1' };
    return (await json(send('POST', `/admin/v1/providers${place}`, body))).id;
  };
  const createModel = async (body: object, send = root.send): Promise<string> => {
    const response = await send('POST', '/admin/v1/models', { operation: 'chat', ...body });
    const view = await json(response);
    expect(response.status, JSON.stringify(view)).toBe(201);
    return view.id;
  };
  const create = async (body: object = {}): Promise<View> => {
    const response = await root.send('POST', `${profiles}?project=default`, { name: `profile-${counter++}`, ...body });
    const view = await json(response);
    expect(response.status, JSON.stringify(view)).toBe(201);
    return view;
  };
  const compiled = async (name: string): Promise<ProfileEntry | undefined> => {
    await gateway.app.get(Compiler).refresh();
    const snapshot = gateway.app.get(CurrentSnapshot).get();
    return snapshot.profiles.get(snapshot.profileNames.get(profileKey(root.projectId, name)) ?? '');
  };
  const codeOf = async (response: Promise<Response> | Response): Promise<[number, string]> => {
    const answer = await response;
    return [answer.status, (await json<{ code: string }>(answer)).code];
  };

  it('creates a profile with defaults, and shows it; finds it by name and by alias', async () => {
    const { id, warnings } = await create({ name: 'plain', aliases: ['openai/gpt-x'] });
    expect(warnings).toMatchObject([{ check: 'has_targets', status: 'warn' }]);
    const response = await root.send('GET', `${profiles}/${id}`);
    expect(response.headers.get('etag')).toBe('"1"');
    expect(await response.json()).toMatchObject({
      id,
      name: 'plain',
      aliases: ['openai/gpt-x'],
      description: null,
      operation: 'chat',
      isEnabled: true,
      targets: [],
      policy: null,
      priceOverride: null,
      responseModel: 'profile',
      revision: 1,
    });
    for (const name of ['plain', 'openai%2Fgpt-x']) {
      const { items } = await json<Page>(root.send('GET', `${profiles}?name=${name}`));
      expect(items.map((item) => item.id)).toEqual([id]);
    }
  });

  it('leads to models by id, by provider and name, or by a name that is enough, and compiles all of it', async () => {
    const view = await create({
      name: 'routed',
      aliases: ['routed:latest'],
      targets: [
        { model: 'two/small', priority: 1, weight: 3 },
        { model: 'large' },
        { model: 'one/small', isEnabled: false },
      ],
      policy: {
        defaults: { temperature: 0.2 },
        systemPrompt: { text: 'Be brief.', position: 'prepend' },
        parameters: 'strict',
      },
      priceOverride: { buckets: { input: '0.15' }, tiers: [{ aboveTokens: 1000, buckets: { input: '0.3' } }] },
      responseModel: 'upstream',
    });
    expect(view.targets.map(({ modelName }) => modelName)).toEqual(['small', 'large', 'small']);
    const entry = await compiled('routed:latest');
    expect(entry).toMatchObject({
      id: view.id,
      name: 'routed',
      aliases: ['routed:latest'],
      revisionId: view.revisionId,
      responseModel: 'upstream',
      policy: {
        defaults: { temperature: 0.2 },
        overrides: {},
        systemPrompt: { text: 'Be brief.', position: 'prepend' },
        parameters: 'strict',
      },
      priceOverride: {
        id: view.revisionId,
        buckets: { input: 150_000n },
        tiers: [{ aboveTokens: 1000, buckets: { input: 300_000n } }],
      },
    });
    // In order of priority, then as given.
    const [two, large, one] = view.targets.map(({ modelId }) => modelId);
    expect(entry?.targets).toMatchObject([
      { modelId: large, priority: 0, weight: 1, isEnabled: true },
      { modelId: one, priority: 0, isEnabled: false },
      { modelId: two, priority: 1, weight: 3 },
    ]);
  });

  it('refuses a name or alias that another profile of the project has, whichever it is there', async () => {
    await create({ name: 'taken', aliases: ['taken-too'] });
    for (const body of [{ name: 'taken' }, { name: 'taken-too' }, { name: 'fresh', aliases: ['taken'] }]) {
      const response = await root.send('POST', `${profiles}?project=default`, body);
      expect(await codeOf(response)).toEqual([409, 'profile.name_taken']);
    }
    const other = await createProject(gateway.database, root.tenantId, 'elsewhere');
    expect((await root.send('POST', `${profiles}?project=${other}`, { name: 'taken' })).status).toBe(201);
  });

  it.each([
    ['a name with spaces', { name: 'a b' }, 'name'],
    ['a name that begins with a dot', { name: '.a' }, 'name'],
    ['an alias that is none', { aliases: ['ok', 'not ok'] }, 'aliases'],
    ['an unknown operation', { operation: 'dance' }, 'operation'],
    ['a negative weight', { targets: [{ model: 'large', weight: -1 }] }, 'targets.0.weight'],
    ['a target without a model', { targets: [{}] }, 'targets.0.model'],
    [
      'a prompt at an unknown position',
      { policy: { systemPrompt: { text: 'x', position: 'top' } } },
      'policy.systemPrompt.position',
    ],
    ['a price that is a number', { priceOverride: { buckets: { input: 0.15 } } }, 'priceOverride.buckets'],
    ['a price of nothing', { priceOverride: { buckets: {} } }, 'priceOverride.buckets'],
    ['an unknown field', { colour: 'red' }, 'colour'],
  ])('refuses %s and names the field', async (_, body, path) => {
    const response = await root.send('POST', profiles, { name: 'wrong', ...body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'request.invalid',
      details: { issues: expect.arrayContaining([expect.objectContaining({ path })]) },
    });
  });

  it.each([
    ['a model that is not there', { targets: [{ model: 'large' }, { model: 'nowhere' }] }, 'targets.1.model'],
    ['a name that several providers have', { targets: [{ model: 'small' }] }, 'targets.0.model'],
    ['a model twice', { targets: [{ model: 'large' }, { model: 'one/large' }] }, 'targets.1.model'],
    ['its own name as an alias', { aliases: ['wrong'] }, 'aliases'],
    ['a policy that routes', { policy: { overrides: { model: 'x' } } }, 'policy'],
    [
      'a policy that is too deep',
      { policy: { defaults: JSON.parse('{"a":'.repeat(20) + '1' + '}'.repeat(20)) } },
      'policy',
    ],
  ])('refuses %s and names the field', async (_, body, path) => {
    const response = await root.send('POST', `${profiles}?project=default`, { name: 'wrong', ...body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'profile.invalid_field',
      details: { issues: expect.arrayContaining([expect.objectContaining({ path })]) },
    });
  });

  it('makes a revision of every change, with its author and what is different', async () => {
    const { id, revisionId } = await create({ name: 'changing', targets: [{ model: 'large' }] });
    const changed = await json(
      root.send('PATCH', `${profiles}/${id}`, { description: 'New', targets: [{ model: 'large', weight: 5 }] }),
    );
    expect(changed).toMatchObject({ name: 'changing', description: 'New', version: 2, revision: 2 });
    expect(changed.revisionId).not.toBe(revisionId);

    const { items } = await json<{ items: Revision[] }>(root.send('GET', `${profiles}/${id}/revisions`));
    expect(items).toMatchObject([
      {
        number: 2,
        changes: [
          { path: '/description', before: null, after: 'New' },
          { path: '/targets/0/weight', before: 1, after: 5 },
        ],
      },
      { number: 1, changes: [] },
    ]);
    expect(items[0]?.authorName).toMatch(/^key-/);
    const first = await json<Revision>(root.send('GET', `${profiles}/${id}/revisions/1`));
    expect(first.body).toMatchObject({ name: 'changing', description: null, targets: [{ weight: 1 }] });
    expect(await codeOf(root.send('GET', `${profiles}/${id}/revisions/9`))).toEqual([
      404,
      'profile.revision_not_found',
    ]);
  });

  it('keeps the id of a target that stays, so that what is known of it goes on', async () => {
    const { id } = await create({ name: 'staying', targets: [{ model: 'large' }, { model: 'one/small' }] });
    const before = await compiled('staying');
    await root.send('PATCH', `${profiles}/${id}`, { targets: [{ model: 'two/small' }, { model: 'large', weight: 2 }] });
    const after = await compiled('staying');
    expect(after?.targets.map(({ id: targetId }) => targetId)[1]).toBe(before?.targets[0]?.id);
    expect(after?.targets).toHaveLength(2);
  });

  it('makes no revision of what changes nothing', async () => {
    const { id } = await create({ name: 'still', targets: [{ model: 'large' }] });
    const body = { targets: [{ model: 'one/large', weight: 1 }], isEnabled: true };
    expect(await json(root.send('PATCH', `${profiles}/${id}`, body))).toMatchObject({ version: 1 });
    expect(await json(root.send('PUT', `${profiles}/by-name/still?project=default`, body))).toMatchObject({
      version: 1,
    });
  });

  it('rolls back by a new revision, and refuses when a model is gone', async () => {
    const doomed = await createModel({ provider: 'one', name: 'doomed', upstreamId: 'doomed' });
    const { id } = await create({ name: 'returning', aliases: ['back'], targets: [{ model: 'large' }] });
    await root.send('PATCH', `${profiles}/${id}`, { aliases: [], targets: [{ model: doomed }], isEnabled: false });
    const back = await json(root.send('POST', `${profiles}/${id}/rollback`, { revision: 1 }));
    expect(back).toMatchObject({ revision: 3, aliases: ['back'], isEnabled: true, targets: [{ modelName: 'large' }] });
    expect(await compiled('back')).toMatchObject({ id, isEnabled: true });

    expect((await root.send('DELETE', `/admin/v1/models/${doomed}`)).status).toBe(204);
    const refused = await root.send('POST', `${profiles}/${id}/rollback`, { revision: 2 });
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ code: 'profile.model_gone', details: { models: [doomed] } });
    expect(await codeOf(root.send('POST', `${profiles}/${id}/rollback`, { revision: 7 }))).toEqual([
      404,
      'profile.revision_not_found',
    ]);
  });

  it('keeps a model that a profile leads to from being removed', async () => {
    const kept = await createModel({ provider: 'one', name: 'kept', upstreamId: 'kept' });
    const { id } = await create({ name: 'keeper', targets: [{ model: kept }] });
    const response = await root.send('DELETE', `/admin/v1/models/${kept}`);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      code: 'model.in_use',
      details: { dependants: [{ kind: 'profile', id, name: 'keeper' }] },
    });
    await expect(gateway.database.query('delete from model where id = $1', [kept])).rejects.toThrow(
      /profile_target_model/,
    );
  });

  it('is not removed under the tokens that are bound to it', async () => {
    const { id } = await create({ name: 'bound' });
    const token = await json(
      root.send('POST', '/admin/v1/tokens?project=default', { name: 'bound', profiles: ['bound'] }),
    );
    const response = await root.send('DELETE', `${profiles}/${id}`);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      code: 'profile.in_use',
      details: { dependants: [{ kind: 'token', id: token.id, name: 'bound' }] },
    });
    await root.send('POST', `/admin/v1/tokens/${token.id}/revoke`);
    expect((await root.send('DELETE', `${profiles}/${id}`)).status).toBe(204);
    expect((await root.send('GET', `${profiles}/${id}`)).status).toBe(404);
    expect(await compiled('bound')).toBeUndefined();
    expect(await gateway.database.query('select from profile_revision where profile_id = $1', [id])).toHaveLength(1);
  });

  it('refuses a change by someone who saw an older version', async () => {
    const { id } = await create({ name: 'contended' });
    const asFirst = { headers: { 'if-match': '"1"' } };
    expect((await root.send('PATCH', `${profiles}/${id}`, { description: 'a' }, asFirst)).status).toBe(200);
    expect((await root.send('PATCH', `${profiles}/${id}`, { description: 'b' }, asFirst)).status).toBe(412);
    expect((await root.send('POST', `${profiles}/${id}/rollback`, { revision: 1 }, asFirst)).status).toBe(412);
    expect((await root.send('DELETE', `${profiles}/${id}`, undefined, asFirst)).status).toBe(412);
  });

  it('creates by name once, and changes it the next time', async () => {
    const path = `${profiles}/by-name/team%2Fchat?project=default`;
    expect((await root.send('PUT', path, { targets: [{ model: 'large' }] })).status).toBe(201);
    const second = await root.send('PUT', path, { description: 'Ours' });
    expect(second.status).toBe(200);
    expect(await second.json()).toMatchObject({
      name: 'team/chat',
      description: 'Ours',
      targets: [{ modelName: 'large' }],
    });
    expect((await root.send('PUT', `${profiles}/by-name/not%20ok?project=default`, {})).status).toBe(400);
  });

  it('creates one profile when many put the same name at once', async () => {
    const put = () => root.send('PUT', `${profiles}/by-name/raced?project=default`, { targets: [{ model: 'large' }] });
    const answers = await Promise.all([put(), put(), put(), put()]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 201]);
    const views = await Promise.all(answers.map((answer) => json(answer)));
    expect(new Set(views.map(({ id, version }) => `${id} ${version}`)).size).toBe(1);
  });

  it('gives a create that is sent again its first answer again', async () => {
    const init = { headers: { 'idempotency-key': 'once' } };
    const send = () => root.send('POST', `${profiles}?project=default`, { name: 'once' }, init);
    const [first, second] = [await send(), await send()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect((await json(first)).id).toBe((await json(second)).id);
  });

  it('warns of an operation that does not fit and of a price that is not known, and saves all the same', async () => {
    await createModel({ provider: 'one', name: 'unpriced', upstreamId: 'u', isEnabled: false });
    const { warnings } = await create({ operation: 'embeddings', targets: [{ model: 'unpriced' }] });
    expect(warnings.map(({ check, status }) => `${check} ${status}`)).toEqual([
      'target_enabled warn',
      'operation_fits fail',
      'price_known warn',
    ]);
  });

  it('lists by name, by project, operation, state and text, a page at a time', async () => {
    const place = await createPlace(gateway);
    const send = await sendAs(gateway, 'owner', place);
    for (const body of [
      { name: 'b', operation: 'embeddings' },
      { name: 'a', aliases: ['zebra'], isEnabled: false },
      { name: 'c', description: 'Stripes' },
    ]) {
      expect((await send('POST', profiles, body)).status).toBe(201);
    }
    const names = async (query: string) =>
      (await json<Page>(send('GET', `${profiles}?${query}`))).items.map(({ name }) => name);
    expect(await names('')).toEqual(['a', 'b', 'c']);
    expect(await names('operation=embeddings')).toEqual(['b']);
    expect(await names('isEnabled=false')).toEqual(['a']);
    expect(await names('q=ZEB')).toEqual(['a']);
    expect(await names('q=stripe&project=default')).toEqual(['c']);
    const first = await json<Page>(send('GET', `${profiles}?limit=2`));
    const second = await json<Page>(send('GET', `${profiles}?limit=2&cursor=${first.nextCursor}`));
    expect([first, second].map(({ items }) => items.length)).toEqual([2, 1]);
    expect(second.nextCursor).toBeNull();
  });

  it('shows a viewer all and lets it change nothing; hides profiles from other projects and tenants', async () => {
    const { id } = await create({ name: 'guarded', targets: [{ model: 'large' }] });
    const viewer = await sendAs(gateway, 'viewer', root);
    expect((await viewer('GET', `${profiles}/${id}/revisions/1`)).status).toBe(200);
    expect((await viewer('PATCH', `${profiles}/${id}`, {})).status).toBe(403);

    const neighbour = await sendAs(gateway, 'admin', {
      tenantId: root.tenantId,
      projectId: await createProject(gateway.database, root.tenantId),
    });
    const stranger = await sendAs(gateway, 'owner', await createPlace(gateway));
    for (const send of [neighbour, stranger]) {
      const tries: [string, string, object?][] = [
        ['GET', ''],
        ['GET', '/revisions'],
        ['GET', '/revisions/1'],
        ['PATCH', '', { isEnabled: false }],
        ['POST', '/rollback', { revision: 1 }],
        ['DELETE', ''],
      ];
      for (const [method, path, body] of tries) {
        expect((await send(method, `${profiles}/${id}${path}`, body)).status).toBe(404);
      }
      expect((await json<Page>(send('GET', profiles))).items).toEqual([]);
    }
    expect((await stranger('POST', profiles, { name: 'x', targets: [{ model: 'one/large' }] })).status).toBe(400);
  });

  it("leads to its own project's models and the tenant's, never to another project's", async () => {
    const mine = await createProject(gateway.database, root.tenantId);
    const other = await createProject(gateway.database, root.tenantId);
    await createProvider('mine-only', `?project=${mine}`);
    const modelId = await createModel({ provider: 'mine-only', name: 'private', upstreamId: 'x' });
    for (const model of [modelId, 'mine-only/private', 'private']) {
      const body = { name: `p-${counter++}`, targets: [{ model }, { model: 'large' }] };
      expect((await root.send('POST', `${profiles}?project=${mine}`, body)).status).toBe(201);
      expect((await root.send('POST', `${profiles}?project=${other}`, body)).status).toBe(400);
    }
  });
});
