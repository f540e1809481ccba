import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { StartError } from '../../common/errors/start-error.js';
import { ProviderDefinition } from './provider-definition.dto.js';

/** The definitions are unusable; every problem is named, no value is repeated. */
export class DefinitionsError extends StartError {
  override readonly name = 'DefinitionsError';

  constructor(origin: string, problems: readonly string[]) {
    super(`The providers in ${origin} are wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/**
 * Reads provider definitions from JSON: `{"providers": [{"name", "driver", "baseUrl", …}]}`, the list alone, or Hive's
 * `{"key": {"base_url", "api_key", "timeout"}}`. Throws `DefinitionsError` with all problems at once.
 */
export function readDefinitions(text: string, origin: string): ProviderDefinition[] {
  const items = itemsOf(parse(text, origin));
  if (!items) throw new DefinitionsError(origin, ['it must be {"providers": [...]}, a list, or an object by name']);
  const definitions = items.map((item) => plainToInstance(ProviderDefinition, item));
  const problems = definitions.flatMap((definition, index) => problemsOf(definition, index));
  if (problems.length === 0) problems.push(...repeatedNames(definitions));
  if (problems.length > 0) throw new DefinitionsError(origin, problems);
  return definitions;
}

function parse(text: string, origin: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message repeats a piece of the text, which may be a key.
    throw new DefinitionsError(origin, ['it is not JSON']);
  }
}

function itemsOf(parsed: unknown): object[] | undefined {
  if (Array.isArray(parsed)) return parsed;
  if (!isObject(parsed)) return undefined;
  if (Array.isArray(parsed.providers)) return parsed.providers;
  const entries = Object.entries(parsed);
  if (!entries.every(([, value]) => isObject(value))) return undefined;
  return entries.map(([name, value]) => fromHive(name, value as Record<string, unknown>));
}

/** Hive's words for the same; its prices belong to models here, so a definition that has them is refused. */
function fromHive(name: string, { base_url, api_key, timeout, ...others }: Record<string, unknown>): object {
  return {
    name,
    driver: 'openai-compatible',
    ...(base_url !== undefined && { baseUrl: base_url }),
    ...(api_key !== undefined && api_key !== null && { apiKey: api_key }),
    ...(timeout !== undefined && { timeouts: { totalMs: timeout } }),
    ...others,
  };
}

function problemsOf(definition: unknown, index: number): string[] {
  if (!(definition instanceof ProviderDefinition)) return [`provider ${index + 1} is not an object`];
  const label = typeof definition.name === 'string' ? `"${definition.name}"` : String(index + 1);
  const errors = validateSync(definition, { whitelist: true, forbidNonWhitelisted: true });
  const problems = errors.flatMap(messagesOf).map((message) => `provider ${label}: ${message}`);
  if (definition.apiKey && definition.credential)
    problems.push(`provider ${label}: give apiKey or credential, not both`);
  return problems;
}

function messagesOf({ constraints = {}, children = [] }: ValidationError): string[] {
  return [...Object.values(constraints), ...children.flatMap(messagesOf)];
}

function repeatedNames(definitions: readonly ProviderDefinition[]): string[] {
  const names = definitions.map(({ name }) => name);
  const repeated = names.filter((name, index) => names.indexOf(name) < index);
  return [...new Set(repeated)].map((name) => `provider "${name}" is defined twice`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
