import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { readFileSync } from 'node:fs';
import { closeBodies, completeRoute, type Operation } from './admin-document-parts.js';
import { declaredErrors } from './common/errors/app-error.js';

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

const MEANINGS: Readonly<Record<string, string>> = { '200': 'OK.', '201': 'Created.', '204': 'Done.' };

/** The codes of the admin API; the client API's own have OpenAI's shape. */
function problemCodes(): string[] {
  const codes = declaredErrors().map(({ code }) => code);
  return [...new Set(codes)].filter((code) => !code.startsWith('relay.')).toSorted();
}

const CODES_ABOUT = 'One of `x-known-codes`, or `http.<status>` for what is refused before a route is reached.';

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457 problem details. Tell failures apart by `code`, which is stable; `title` is for people.',
  required: ['status', 'code', 'title'],
  properties: {
    status: { type: 'integer', example: 409 },
    code: { type: 'string', example: 'project.name_taken' },
    title: { type: 'string', example: 'A project named "search" already exists.' },
    details: { type: 'object', additionalProperties: true, example: { name: 'search' } },
  },
};

const ABOUT = `Everything an operator does: tenants, projects, people, keys, providers, models, profiles, tokens, usage.

**Credentials.** An admin key, \`Authorization: Bearer wgla_…\`, or the session cookie of a signed-in member; a change
with the cookie also needs the header \`X-Requested-With\`. Each operation names the permission it needs.

**Lists** answer \`{items, nextCursor}\`; send \`cursor\` to go on. **Updates** take \`If-Match\` with the \`ETag\` that was
read, and answer 412 when it has changed; \`PUT …/by-name/\` (of members \`…/by-email/\`) also takes \`If-None-Match: *\`, to create only. **Creates** take an \`Idempotency-Key\`. **Money** is a decimal text in USD.
**Failures** are \`application/problem+json\`.`;

/** The OpenAPI document of the admin API. Its texts come from the compiler plugin, so only a built app has them all. */
export function adminDocument(app: INestApplication): OpenAPIObject {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const config = new DocumentBuilder()
    .setTitle('Waggle admin API')
    .setDescription(ABOUT)
    .setVersion(version)
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An admin key: `wgla_…`' }, 'admin-key')
    .addCookieAuth('waggle_session', { type: 'apiKey', in: 'cookie' }, 'session')
    .build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: operationId });
  const paths = Object.entries(document.paths).filter(([path]) => path.startsWith('/admin/'));
  return complete({ ...document, paths: Object.fromEntries(paths) });
}

/** `ProjectsController.list` is `projectsList`. */
function operationId(controller: string, method: string): string {
  const room = controller.replace(/Controller$/, '');
  return `${room[0]?.toLowerCase()}${room.slice(1)}${method[0]?.toUpperCase()}${method.slice(1)}`;
}

function complete(document: OpenAPIObject): OpenAPIObject {
  const { components = {}, paths } = document;
  const operations: Operation[] = [];
  for (const [path, item] of Object.entries(paths)) {
    for (const method of METHODS) {
      const operation = item[method] as Operation | undefined;
      if (!operation) continue;
      completeRoute(operation, path, method);
      completeOperation(operation);
      operations.push(operation);
    }
  }
  const code = { ...PROBLEM.properties.code, description: CODES_ABOUT, 'x-known-codes': problemCodes() };
  const problem = { ...PROBLEM, properties: { ...PROBLEM.properties, code } };
  const schemas = { ...closeBodies(components.schemas ?? {}, operations), Problem: problem as never };
  return { ...document, components: { ...components, schemas } };
}

function completeOperation(operation: Operation): void {
  const { 'x-permission': permission, description = '' } = operation;
  if (permission !== undefined) operation.description = `${description}\n\nPermission: \`${permission}\``.trim();
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  const refusals = { '4XX': { description: 'Refused; `code` says why.', content } };
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    response.description ||= MEANINGS[status] ?? 'Done.';
  }
  operation.responses = { ...operation.responses, ...refusals };
}
