import type { OpenAPIObject } from '@nestjs/swagger';

/** The parts of an operation that are completed. */
export interface Operation {
  description?: string;
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: unknown;
  responses?: Record<string, { description?: string }>;
  'x-permission'?: string;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: object;
}

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const ID = /^(id|[a-z]+Id)$/;
/** The one route whose `id` may be a name. */
const BY_ID_OR_NAME = '/admin/v1/projects/{id}';

const ONLY_CREATE: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: '`*` only creates: when there is one of that name, the answer is 412.',
  schema: { type: 'string', enum: ['*'] },
};

/** What decorators can't know: that ids are UUIDs, where a version is expected, that a put by name may create. */
export function completeRoute(operation: Operation, path: string, method: string): void {
  const isVersioned = method !== 'get' && path.includes('{');
  const parameters = (operation.parameters ?? []).filter(({ name }) => name !== 'If-Match' || isVersioned);
  operation.parameters = parameters.map((parameter) =>
    parameter.in === 'path' && ID.test(parameter.name) && !(path === BY_ID_OR_NAME && method === 'get')
      ? { ...parameter, schema: { type: 'string', format: 'uuid' } }
      : parameter,
  );
  if (method !== 'put' || !/\/by-(name|email)\//.test(path)) return;
  operation.parameters.push(ONLY_CREATE);
  const { 200: changed = {} } = operation.responses ?? {};
  operation.responses = { 200: { ...changed, description: 'Changed.' }, 201: { ...changed, description: 'Created.' } };
}

/** Bodies with a property that is not theirs are refused. */
export function closeBodies(schemas: Schemas, operations: readonly Operation[]): Schemas {
  const inputs = reachedFrom(
    operations.map(({ requestBody }) => requestBody),
    schemas,
  );
  const outputs = reachedFrom(
    operations.map(({ responses }) => responses),
    schemas,
  );
  const close = ([name, schema]: [string, Schemas[string]]): [string, Schemas[string]] => {
    const isClosed = inputs.has(name) && !outputs.has(name) && 'properties' in schema;
    return [
      name,
      isClosed && !('additionalProperties' in schema) ? { ...schema, additionalProperties: false } : schema,
    ];
  };
  return Object.fromEntries(Object.entries(schemas).map(close));
}

/** The names of all schemas that are referred to, directly or by others. */
function reachedFrom(roots: readonly unknown[], schemas: Schemas): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part ?? {}).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (reached.has(name)) continue;
      reached.add(name);
      visit(schemas[name]);
    }
  };
  roots.forEach(visit);
  return reached;
}
