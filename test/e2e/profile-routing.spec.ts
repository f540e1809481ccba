import { Compiler } from '../../src/routing/compiler.service.js';
import { CurrentSnapshot } from '../../src/snapshot/current-snapshot.js';
import { createOwner, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface View {
  id: string;
  code?: string;
  routing: object | null;
  targets: { conditions: object | null }[];
  warnings: { check: string; message: string }[];
}

describe('how a profile chooses', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    const provider = { name: 'p', driver: 'openai-compatible', baseUrl: 'http://127.0.0.1:11434/v1' };
    await root.send('POST', '/admin/v1/providers', provider);
    for (const name of ['small', 'large']) {
      await root.send('POST', '/admin/v1/models', { provider: 'p', name, upstreamId: name, operation: 'chat' });
    }
    return () => gateway.close();
  });

  const read = async (response: Response): Promise<View> => (await response.json()) as View;
  const create = async (body: object): Promise<View> => {
    const response = await root.send('POST', '/admin/v1/profiles?project=default', body);
    const view = await read(response);
    expect(response.status, JSON.stringify(view)).toBe(201);
    return view;
  };
  const compiled = async (id: string) => {
    await gateway.app.get(Compiler).refresh();
    return gateway.app.get(CurrentSnapshot).get().profiles.get(id);
  };

  const short = { when: 'input_tokens', max: 1000 };
  const sticky = { by: 'header', key: 'X-Session', salt: 'blue' };

  it('is part of it: shown, compiled, kept in revisions with their differences, and rolled back', async () => {
    const { id } = await create({ name: 'chooses', targets: [{ model: 'small' }, { model: 'large' }] });
    expect(await compiled(id)).toMatchObject({ routing: null, targets: [{ conditions: null }, { conditions: null }] });

    const changed = await read(
      await root.send('PATCH', `/admin/v1/profiles/${id}`, {
        routing: { strategy: 'weighted', stickiness: sticky },
        targets: [{ model: 'small', conditions: short }, { model: 'large' }],
      }),
    );
    const usual = { mode: 'normal', modes: {}, exploration: 0.05, isFixed: false };
    const routing = { ...usual, strategy: 'weighted', stickiness: { ...sticky, key: 'x-session' } };
    expect(changed).toMatchObject({ routing, targets: [{ conditions: short }, { conditions: null }] });
    expect(await compiled(id)).toMatchObject({
      routing: { ...routing, stickiness: { salt: `${id}/blue` } },
      targets: [{ conditions: short }, { conditions: null }],
    });

    const { changes } = (await read(await root.send('GET', `/admin/v1/profiles/${id}/revisions/2`))) as unknown as {
      changes: { path: string }[];
    };
    expect(changes.map(({ path }) => path).sort()).toEqual(['/routing', '/targets/0/conditions']);

    const back = await root.send('POST', `/admin/v1/profiles/${id}/rollback`, { revision: 1 });
    expect([back.status, await read(back)]).toMatchObject([
      200,
      { routing: null, targets: [{ conditions: null }, {}] },
    ]);
    expect(await compiled(id)).toMatchObject({ routing: null, targets: [{ conditions: null }, { conditions: null }] });
  });

  it('says how far it goes for an answer', async () => {
    const { id } = await create({ name: 'goes-far', targets: [{ model: 'small' }], attempts: { totalMs: 60_000 } });
    expect(await compiled(id)).toMatchObject({ attempts: { totalMs: 60_000, maxAttempts: null, hedgeAfterMs: null } });

    const path = `/admin/v1/profiles/${id}`;
    const changed = await root.send('PATCH', path, { attempts: { maxAttempts: 1, hedgeAfterMs: 500 } });
    expect(await changed.json()).toMatchObject({ attempts: { totalMs: null, maxAttempts: 1, hedgeAfterMs: 500 } });
    expect((await root.send('PATCH', path, { attempts: { maxAttempts: 0 } })).status).toBe(400);
    await root.send('PATCH', path, { attempts: null });
    expect(await compiled(id)).toMatchObject({ attempts: null });
  });

  it('goes back to a revision from before profiles could choose', async () => {
    const { id } = await create({ name: 'old', routing: { strategy: 'cheapest' }, targets: [{ model: 'small' }] });
    await gateway.database.query(
      `update profile_revision set body = (body - 'routing') #- '{targets,0,conditions}' where profile_id = $1`,
      [id],
    );
    await root.send('PATCH', `/admin/v1/profiles/${id}`, { routing: { strategy: 'fastest' } });
    const back = await root.send('POST', `/admin/v1/profiles/${id}/rollback`, { revision: 1 });
    expect([back.status, await read(back)]).toMatchObject([200, { routing: null, targets: [{ conditions: null }] }]);
  });

  it('is the order of the targets when nothing else is said', async () => {
    expect((await create({ name: 'ordered', routing: { strategy: 'priority' } })).routing).toBeNull();
  });

  it('keeps weights of its own for the modes of scores', async () => {
    const planning = { cost: 0, latency: 0.5, failure: 0.5, weight: 0 };
    const { routing } = await create({
      name: 'scored',
      routing: { strategy: 'scored', mode: 'planning', modes: { planning } },
    });
    expect(routing).toMatchObject({ strategy: 'scored', mode: 'planning', modes: { planning }, stickiness: null });
  });

  it.each([
    [{ routing: { strategy: 'best' } }, /routing.strategy/],
    [{ routing: { stickiness: { by: 'header' } } }, /routing.stickiness.key must say which/],
    [{ routing: { stickiness: { by: 'token', key: 'x' } } }, /means nothing for token/],
    [{ routing: { stickiness: { by: 'header', key: 'Authorization' } } }, /must not name authorization/],
    [{ targets: [{ model: 'small', conditions: { when: 'tools' } }] }, /conditions must give/],
  ])('refuses %j', async (body, message) => {
    const response = await root.send('POST', '/admin/v1/profiles?project=default', { name: 'wrong', ...body });
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toMatch(message);
  });

  it('warns when every target has conditions', async () => {
    const { warnings } = await create({ name: 'picky', targets: [{ model: 'small', conditions: short }] });
    expect(warnings.map(({ check }) => check)).toContain('routing_fits');
  });
});
