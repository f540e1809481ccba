import { randomBytes } from 'node:crypto';
import { isObject, Refusal, textField, type Call, type FormFile, type JsonObject } from './answer.js';
import { DirectiveError, findDirectives, parseDirectives, type Directives } from './directives.js';
import { parseForm } from './form-data.js';

const MODEL_PREFIX = 'sim-';

interface Parsed {
  readonly body: JsonObject;
  readonly files: readonly FormFile[];
}

/**
 * Reads a request's body and what it wants to go wrong. `failures` counts the sets of directives that fail only at first;
 * `modelInPath` is there in dialects whose bodies don't name it.
 */
export function readCall(raw: Buffer, contentType: string, failures: Map<string, number>, modelInPath?: string): Call {
  const { body, files } = parse(raw, contentType);
  const named = modelInPath ?? textField(body, 'model', 'sim-default');
  const mark = named.indexOf('?');
  const model = mark < 0 ? named : named.slice(0, mark);
  const query = [mark < 0 ? '' : named.slice(mark + 1), findDirectives(raw)].filter(Boolean).join('&');
  if (!model.startsWith(MODEL_PREFIX)) throw noSuchModel(model);
  const directives = inForce(query, failures);
  return {
    id: randomBytes(16).toString('hex'),
    createdSeconds: Math.floor(Date.now() / 1000),
    model: directives.answerModel ?? model,
    directives,
    body,
    files,
  };
}

export function noSuchModel(model: string): Refusal {
  return new Refusal(404, `The model \`${model}\` does not exist or you do not have access to it.`, {
    code: 'model_not_found',
  });
}

function parse(raw: Buffer, contentType: string): Parsed {
  if (contentType.startsWith('multipart/form-data')) {
    const { fields, files } = parseForm(raw, contentType);
    return { body: fields, files };
  }
  try {
    const body: unknown = JSON.parse(raw.toString('utf8'));
    if (isObject(body as JsonObject)) return { body: body as JsonObject, files: [] };
  } catch {
    // answered below, as a body that is JSON but no object
  }
  throw new Refusal(400, 'We could not parse the JSON body of your request.');
}

function inForce(query: string, failures: Map<string, number>): Directives {
  const directives = parsed(query);
  if (directives.failTimes === undefined) return directives;
  const failed = failures.get(query) ?? 0;
  failures.set(query, failed + 1);
  return failed < directives.failTimes ? directives : { tokens: directives.tokens };
}

function parsed(query: string): Directives {
  try {
    return parseDirectives(query);
  } catch (error) {
    if (error instanceof DirectiveError) throw new Refusal(400, error.message, { code: 'unknown_directive' });
    throw error;
  }
}
