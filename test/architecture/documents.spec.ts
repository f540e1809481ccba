import { RequestMethod } from '@nestjs/common';
import { MetadataScanner } from '@nestjs/core';
import { readFile } from 'node:fs/promises';
import { KeptResponsesController } from '../../src/relay/kept-responses.controller.js';
import { RelayController } from '../../src/relay/relay.controller.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Document {
  paths: Record<string, Record<string, { operationId: string; summary?: string; 'x-permission'?: string }>>;
}

async function read(name: string): Promise<Document> {
  return JSON.parse(await readFile(`openapi/${name}`, 'utf8')) as Document;
}

describe('the API documents', () => {
  let gateway: TestApp;

  beforeAll(async () => {
    gateway = await startTestApp();
    return () => gateway.close();
  });

  it('give every operation a summary and an id of its own', async () => {
    for (const name of ['admin.json', 'relay.json']) {
      const operations = Object.values((await read(name)).paths)
        .flatMap((path) => Object.values(path))
        .filter(({ operationId }) => operationId !== undefined);
      expect(operations.filter(({ summary }) => !summary)).toEqual([]);
      const ids = operations.map(({ operationId }) => operationId);
      expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    }
  });

  it('list each path that the relay passes on', async () => {
    const passedOn = handlersOf(RelayController)
      .filter((handler) => Reflect.getMetadata('method', handler) === RequestMethod.POST)
      .map((handler) => `/${Reflect.getMetadata('path', handler)}`);
    const kept = handlersOf(KeptResponsesController)
      .map((handler) => Reflect.getMetadata('path', handler) as string | undefined)
      .filter((path) => path !== undefined);
    const ofKept = kept.map((path) => (path === '/' ? '/responses/{id}' : `/responses/{id}/${path}`));
    const routes = [...new Set([...passedOn, ...ofKept])];
    const { paths } = await read('relay.json');
    const documented = Object.keys(paths).filter(
      (path) => !path.startsWith('/models') && path !== '/me' && path !== '/feedback',
    );
    expect(documented.toSorted()).toEqual(routes.toSorted());
  });

  it('can be read at /docs, under a policy that allows no foreign and no inline script', async () => {
    const page = await gateway.send('GET', '/docs');
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain(`script-src 'self';`);
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(await page.text()).not.toMatch(/<script(?![^>]* src=)/);

    for (const path of ['swagger-ui-bundle.js', 'swagger-ui-init.js', 'openapi/admin.json', 'openapi/relay.json']) {
      expect((await gateway.send('GET', `/docs/${path}`)).status).toBe(200);
    }
  });

  it('are the only place, beside the admin API, with security headers; nothing there answers other origins', async () => {
    const headers = { origin: 'https://elsewhere.example' };
    const admin = await gateway.send('GET', '/admin/v1/me', undefined, { headers });
    expect(admin.headers.get('x-content-type-options')).toBe('nosniff');
    expect(admin.headers.get('content-security-policy')).toContain(`default-src 'none'`);
    expect(admin.headers.get('cache-control')).toBe('no-store');
    expect(admin.headers.get('strict-transport-security')).toBeNull();
    expect(admin.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await gateway.send('OPTIONS', '/admin/v1/projects', undefined, { headers });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();

    const relay = await gateway.send('GET', '/v1/models');
    expect(relay.headers.get('content-security-policy')).toBeNull();
  });
});

function handlersOf(controller: { readonly prototype: object }): object[] {
  const prototype = controller.prototype as Record<string, object>;
  return new MetadataScanner().getAllMethodNames(prototype).map((method) => prototype[method]!);
}
